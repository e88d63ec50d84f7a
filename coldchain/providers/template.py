"""A message fitted to an approved template, or refused here with the field's name before the provider refuses or cuts it.

A provider's refusal of a text arrives after seconds and names nothing; a refusal here takes none and says what to mend.
The codes begin with `our.`: they are not the provider's.
"""

import base64
import hashlib
import re
from dataclasses import dataclass

from coldchain.providers.numbers import is_fixed, is_mobile
from coldchain.providers.outcome import Answer, Message, Verdict
from coldchain.providers.phone_sections import PhoneSection, SmsSection, Template

# What a variable may not carry: an address, a number of a host, a bracket of the signature.
_LINK = re.compile(
    r"https?:|//|www\.|\d{1,3}(?:\.\d{1,3}){3}|[a-z0-9-]+\.(?:com|cn|net|org|io|cc|top|me|gov|edu)\b", re.IGNORECASE
)
_BRACKET = re.compile(r"[【】]")
ONE_PART = 70  # characters; of a longer text each part carries 67
LONG_PART = 67


@dataclass(frozen=True, slots=True)
class Fitted:
    """What is sent: the template's id and its variables in the template's order; `parts` as they are paid."""

    template: str
    variables: dict[str, str]
    parts: int = 1


def fitted_sms(section: SmsSection, message: Message) -> Fitted | Answer:
    """The SMS as the provider will take it, or REFUSED with the field that it would not take."""
    if not is_mobile(message.address):
        wrong = (
            "is a fixed line: it gets no SMS" if is_fixed(message.address) else "is no mobile number of the mainland"
        )
        return _refused("our.not_mobile", "address", wrong, "write one such as +8613800138000")
    filled = _filled(section, message)
    if isinstance(filled, Answer):
        return filled
    template, variables = filled
    length = text_length(template, variables, section.sign)
    if length > section.longest_text:
        wrong = f"{length} characters with the signature, {section.longest_text} are allowed"
        return _refused("our.too_long", "text", wrong, "shorten the names of the place and the equipment")
    return Fitted(template.id, variables, 1 if length <= ONE_PART else -(-length // LONG_PART))


def fitted_call(section: PhoneSection, message: Message, *, longest: int, fixed_lines: bool) -> Fitted | Answer:
    """The call as the provider will take it; `longest` bounds all variables together."""
    if not (is_mobile(message.address) or (fixed_lines and is_fixed(message.address))):
        cure = "write one such as +8613800138000" + (" or +862155551234" if fixed_lines else "")
        return _refused("our.not_callable", "address", "is no number that this way can call", cure)
    filled = _filled(section, message)
    if isinstance(filled, Answer):
        return filled
    template, variables = filled
    length = max(sum(map(len, variables.values())), len(rendered(template, variables)))
    if length > longest:
        return _refused("our.too_long", "text", f"{length} characters, {longest} can be said", "shorten the template")
    return Fitted(template.id, variables)


def rendered(template: Template, variables: dict[str, str]) -> str:
    """The text that the person gets; empty when the settings do not know it."""
    text = template.text
    for n, (name, value) in enumerate(variables.items(), 1):
        text = text.replace(f"${{{name}}}", value).replace(f"{{{n}}}", value)
    return text


def text_length(template: Template, variables: dict[str, str], sign: str) -> int:
    """Characters with 【signature】; 0 when the settings do not know the text."""
    return len(rendered(template, variables)) + len(sign) + 2 if template.text else 0


def fit_out_id(out_id: str, longest: int) -> str:
    """Our id as it comes back in a provider's receipt: itself, or where its field is shorter a digest of that length."""
    if len(out_id) <= longest:
        return out_id
    return base64.b32encode(hashlib.sha256(out_id.encode()).digest()).decode().lower()[:longest]


def _filled(section: PhoneSection, message: Message) -> tuple[Template, dict[str, str]] | Answer:
    template = section.templates.get(message.kind)
    if template is None:
        cure = f"have one approved and name it in templates.{message.kind}"
        return _refused("our.no_template", "kind", f"no template for {message.kind}", cure)
    variables: dict[str, str] = {name: message.short.get(name, "") for name in template.variables}
    for name, value in variables.items():
        if refusal := _unfit(name, value, section.longest_variable):
            return refusal
    return template, variables


def _unfit(name: str, value: str, longest: int) -> Answer | None:
    field = f"short.{name}"
    if not value.strip():
        return _refused("our.variable_missing", field, "is empty and the template has it", "say it, if only as 不明")
    if len(value) > longest:
        wrong = f"{value!r} has {len(value)} characters, {longest} are allowed"
        return _refused("our.variable_long", field, wrong, "give it a short name")
    if _LINK.search(value):
        return _refused("our.variable_link", field, f"{value!r} looks like a link", "links stand in the template alone")
    if _BRACKET.search(value):
        return _refused("our.variable_sign", field, f"{value!r} has a bracket of the signature", "write （）")
    return None


def _refused(code: str, field: str, wrong: str, cure: str) -> Answer:
    return Answer(Verdict.REFUSED, code, f"{field}: {wrong}; {cure}")
