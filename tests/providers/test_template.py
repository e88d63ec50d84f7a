"""A message that the provider would refuse or cut is refused here, with the field and the cure."""

from dataclasses import replace

import pytest

from coldchain.providers.outcome import Answer, Message, Verdict
from coldchain.providers.template import Fitted, fit_out_id, fitted_call, fitted_sms, rendered
from tests.providers import sections
from tests.providers.messages import FIXED_LINE, MESSAGE, SHORT, at, with_short

SMS = sections.aliyun_sms("http://127.0.0.1:1/")
TENCENT = sections.tencent_sms("http://127.0.0.1:1/")


@pytest.mark.parametrize(
    ("message", "code", "field"),
    [
        (
            with_short("place", "东河镇中心卫生院"),
            "our.variable_long",
            "short.place: '东河镇中心卫生院' has 8 characters, 6",
        ),
        (with_short("lots", ""), "our.variable_missing", "short.lots: is empty"),
        (with_short("thing", "a.cn/x"), "our.variable_link", "short.thing: 'a.cn/x' looks like a link"),
        (with_short("thing", "http:/"), "our.variable_link", "short.thing"),
        (with_short("what", "【高温】"), "our.variable_sign", "short.what: '【高温】' has a bracket"),
        (at(FIXED_LINE), "our.not_mobile", "address: is a fixed line"),
        (at("+85255512345"), "our.not_mobile", "address: is no mobile number"),
        (replace(MESSAGE, kind="note"), "our.no_template", "kind: no template for note"),
    ],
)
def test_an_sms_that_would_be_refused_or_cut_is_refused_with_its_field(message: Message, code: str, field: str):
    answer = fitted_sms(SMS, message)
    assert isinstance(answer, Answer)
    assert (answer.verdict, answer.code) == (Verdict.REFUSED, code)
    assert answer.words.startswith(field), answer.words
    assert "; " in answer.words


def test_a_text_as_long_as_allowed_passes_and_one_character_more_does_not():
    def fitted(longest: int) -> Fitted | Answer:
        return fitted_sms(sections.aliyun_sms("http://x/", longest_text=longest), MESSAGE)

    text = rendered(SMS.templates["alarm"], SHORT) + f"【{SMS.sign}】"
    assert isinstance(fitted(len(text)), Fitted)
    refused = fitted(len(text) - 1)
    assert isinstance(refused, Answer)
    assert (refused.code, refused.words.split()[1]) == ("our.too_long", str(len(text)))


def test_a_long_text_that_the_county_allows_is_paid_by_its_parts():
    text = "${place}" + "字" * 140
    template = {"alarm": {"id": "S", "variables": ["place"], "text": text}}
    fitted = fitted_sms(sections.aliyun_sms("http://x/", templates=template, longest_text=500), MESSAGE)
    assert isinstance(fitted, Fitted)
    assert fitted.parts == 3


def test_variables_stand_in_the_templates_order_and_no_others_go_out():
    fitted = fitted_sms(TENCENT, replace(MESSAGE, kind="drill"))
    assert fitted == Fitted("449740", {"place": SHORT["place"], "code": SHORT["code"]})


def test_numbered_variables_are_rendered_by_their_place():
    assert "起，涉3批126支，代码K7M2Q9" in rendered(TENCENT.templates["alarm"], SHORT)


def test_a_fixed_line_is_called_only_where_the_way_can():
    section = sections.aliyun_voice("http://x/")
    assert isinstance(fitted_call(section, at(FIXED_LINE), longest=250, fixed_lines=True), Fitted)
    refused = fitted_call(section, at(FIXED_LINE), longest=250, fixed_lines=False)
    assert isinstance(refused, Answer)
    assert refused.code == "our.not_callable"


def test_what_nobody_would_listen_to_is_not_said():
    refused = fitted_call(sections.aliyun_voice("http://x/"), MESSAGE, longest=5, fixed_lines=True)
    assert isinstance(refused, Answer)
    assert refused.code == "our.too_long"


def test_our_id_is_itself_where_it_fits_and_a_digest_of_the_length_where_not():
    assert fit_out_id("n4711", 15) == "n4711"
    short = fit_out_id("0123456789abcdef0", 15)
    assert (len(short), short) == (15, fit_out_id("0123456789abcdef0", 15))
    assert short != fit_out_id("0123456789abcdef1", 15)
