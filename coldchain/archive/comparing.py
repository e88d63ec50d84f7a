"""Rows against the last image that a chain has of each. Pure: the same for an open archive and for an exported file.

    links ─► Trail.add (a short digest of each row's last image)
    rows ─► Trail.take ─► suspects: no image, or another one ─► their images ─► judged: which columns differ
    what no row came for ─► Trail.left: removed

An excursion's current row is compared with its last revision's link; while it is open, its running sums may be ahead.
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from sys import intern
from typing import Any, Final

from coldchain.archive.images import Image, as_shown, canonical

Where = tuple[str, int]  # (stream, n)

CASE: Final = "case"  # what an excursion says for ever, in the image of its revisions
OF_REVISIONS: Final = frozenset({"excursion", "at", "reason", "evidence_start", "evidence_end", "note", CASE})
# An open excursion that merely goes on has no new revision for a quarter of an hour of readings, or half a degree.
PACE_MS: Final = 15 * 60_000
STEP_MC: Final = 500
GROWING: Final = ("out_ms", "degree_ms", "last_bad")


@dataclass(frozen=True, slots=True)
class Difference:
    """A row that is not as the trail left it."""

    entity: str
    entity_id: str
    wrong: str


@dataclass(frozen=True, slots=True)
class Suspect:
    """A row whose digest is not the one of its last image; `where` that image is, None: nowhere."""

    entity: str
    key: str
    image: Image
    where: Where | None

    def judged(self, images: Mapping[Where, str]) -> list[Difference]:
        """What is wrong with it: the columns that the image has and says otherwise. Later tables may have more."""
        if self.where is None:
            return [Difference(self.entity, self.key, "is not in the trail")]
        then = _read(images[self.where])
        if self.entity == "excursion" and then is not None:
            then = excursion_of(then)
        if then is None:
            return [Difference(self.entity, self.key, "its last image cannot be read")]
        both = then.keys() & self.image.keys()
        changed = sorted(name for name in both if self.image[name] != as_shown(name, then[name]))
        if self.entity == "excursion" and then["state"] == "open":
            changed = [name for name in changed if not _may_be_ahead(name, then, self.image)]
        return [Difference(self.entity, self.key, f"differs in {', '.join(changed)}")] if changed else []


class Trail:
    """The last image of every row, as a digest of 16 bytes with where it stands."""

    def __init__(self) -> None:
        self._last: dict[tuple[str, str], tuple[str, int, bytes]] = {}

    def add(self, stream: str, n: int, entity: str, key: str, image: str) -> str:
        """The next link of a chain; returns the chain that spoke of the same row before, if it was another one.

        A row belongs to one chain for ever. Were its last image sought in all of them, whoever adds a link to a chain
        of their own could say what they like of any row.
        """
        stream = intern(stream)
        elsewhere = self._put((intern(entity), key), stream, n, image)
        if entity == "excursion_revision":
            said = excursion_of(_read(image) or {})
            if said is not None:
                elsewhere = elsewhere or self._put(("excursion", said["id"]), stream, n, canonical(said))
        return elsewhere

    def _put(self, row: tuple[str, str], stream: str, n: int, image: str) -> str:
        known = self._last.get(row)
        if known is not None and known[0] != stream:
            return known[0]
        self._last[row] = stream, n, _short(image)
        return ""

    def take(self, entity: str, rows: Iterable[tuple[str, Image]]) -> list[Suspect]:
        """Rows as they stand: those that are not as they were left."""
        suspects = []
        for key, image in rows:
            stream, n, expected = self._last.pop((entity, key), (None, 0, b""))
            if stream is None:
                suspects.append(Suspect(entity, key, image, None))
            elif _short(canonical(image)) != expected:
                suspects.append(Suspect(entity, key, image, (stream, n)))
        return suspects

    def left(self, watched: Collection[str]) -> list[Difference]:
        """Rows of these tables that nobody came with: they are gone."""
        return [Difference(entity, key, "was removed") for entity, key in self._last if entity in watched]


def _read(image: str) -> Image | None:
    """An image; None when somebody made it none."""
    try:
        said = json.loads(image)
    except ValueError:
        return None
    return said if isinstance(said, dict) else None


def excursion_of(revision: Mapping[str, Any]) -> Image | None:
    """What the current row of a case says when this is the image of its last revision; None when it is none."""
    if not isinstance(revision.get(CASE), dict) or not {"excursion", "state"} <= revision.keys():
        return None
    said = {name: value for name, value in revision.items() if name not in OF_REVISIONS}
    return {**said, **revision[CASE], "id": revision["excursion"]}


def _may_be_ahead(name: str, then: Image, now: Image) -> bool:
    """True where an open case may say more than its last revision, and by so much."""
    if name in GROWING:
        is_in_pace = name != "last_bad" or now[name] // PACE_MS == then[name] // PACE_MS
        return bool(now[name] >= then[name]) and is_in_pace
    if name in {"extreme_mc", "product_mc"}:
        return None not in (now[name], then[name]) and now[name] // STEP_MC == then[name] // STEP_MC
    if name == "lots":
        return _doses(now["lots"]) is not None and _doses(now["lots"]) == _doses(then["lots"])
    return name == "mkt_mc" and now["mkt_mc"] is not None


def _doses(lots: object) -> list[tuple[str, int]] | None:
    """How many doses of which lots; None when it says nothing of the kind."""
    if not isinstance(lots, list) or not all(isinstance(share, dict) for share in lots):
        return None
    return [(share.get("lot"), share.get("doses")) for share in lots]


def _short(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()[:16]
