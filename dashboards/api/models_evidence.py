"""What the API answers about chains and roots."""

from dashboards.api.models import Shape


class StreamAnswer(Shape):
    """A chain: how long it is, and the hash of its last link."""

    stream: str
    links: int
    head: str


class RootAnswer(Shape):
    """A root: the heads of all chains at one instant, and a hash over them and the root before."""

    n: int
    at: str
    at_ms: int  # as it is hashed
    heads: list[tuple[str, int, str]]
    previous: str
    hash: str
