"""Codes and messages out of what people type: read where they are said, never guessed."""

from __future__ import annotations

import unicodedata
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bayesdiag.case import Evidence
from bayesdiag.errors import EvidenceError
from bayesdiag.intake import MAX_CHARACTERS, Intake, Readings, read_text
from bayesdiag.model import Model
from bayesdiag.modelfile import load

MODEL = load("pos_card")
INTAKE = Intake(MODEL)


def wide(text: str) -> str:
    return "".join(chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign for sign in text)


def codes(found: Readings) -> list[str]:
    return [reading.code for reading in found.readings if reading.code]


def expected_of(code: str) -> tuple[str, bool]:
    """The first code of this name, the default dialect's before the others'."""
    found = sorted((c for c in MODEL.codes if c.code == code), key=lambda c: c.dialect != "unionpay")[0]
    return found.state, found.approved


@pytest.mark.parametrize(
    "form", ["{}", " {} ", "[{}]", "“{}”", "应答码：{}", "返回码 {}", "POS机显示 {}", "error code {}!"]
)
@pytest.mark.parametrize("code", sorted({code.code for code in MODEL.codes}))
def test_every_code_is_read_in_every_form(code: str, form: str) -> None:
    for told in (code, code.lower(), wide(code)):
        found = INTAKE.read(form.format(told))
        assert codes(found) == [code], form.format(told)
        reading = found.readings[-1]
        assert (reading.state, reading.approved) == expected_of(code)
        assert reading.phrase == told
        assert found.findings.get("response_code", "") == expected_of(code)[0]
        assert found.unknown_codes == ()


@pytest.mark.parametrize(
    "form", ["{}", "顾客刷卡时机器显示{}，怎么办？", 'The screen shows "{}" again', "提示：{}。换张卡就好"]
)
@pytest.mark.parametrize(
    ("words", "variable", "state"),
    [(words, message.variable, message.state) for message in MODEL.messages for words in message.texts],
)
def test_every_message_is_read_alone_and_in_a_sentence(
    words: str, variable: str, state: str, form: str
) -> None:
    for told in (words, wide(words), words.upper()):
        assert INTAKE.read(form.format(told)).findings.get(variable) == state


@pytest.mark.parametrize(
    ("text", "findings"),
    [
        ("54", {"response_code": "rc_expired"}),
        ("无效卡", {"display_text": "invalid_card"}),
        ("机器显示请插卡", {"display_text": "use_chip_or_other"}),
        ("机器显示请 插 卡", {"display_text": "use_chip_or_other"}),
        ("READ ERROR", {"display_text": "read_error"}),
        ("POS机显示 54 过期卡", {"response_code": "rc_expired", "display_text": "expired"}),
        ("显示54过期卡", {"response_code": "rc_expired", "display_text": "expired"}),
        ("51余额不足", {"response_code": "rc_funds", "display_text": "insufficient"}),
        ("交易失败[51]", {"response_code": "rc_funds", "display_text": "generic_declined"}),
        ("交易失败,请稍后重试", {"display_text": "retry_later"}),
        ("密码错误次数超限", {"display_text": "pin_exceeded"}),
        ("code 5", {"response_code": "rc_generic"}),
        ("不知道怎么回事，显示余额不足", {"display_text": "insufficient"}),
        ("POS显示“51 余额不足，请查询”", {"response_code": "rc_funds", "display_text": "insufficient"}),
        (
            'shows "97 terminal not registered" for every card',
            {"response_code": "rc_unregistered", "display_text": "unregistered"},
        ),
        ("code 68 time out", {"response_code": "rc_timeout", "display_text": "timeout"}),
        ("显示90日切", {"response_code": "rc_unavailable"}),
        ("余额不足 51", {"response_code": "rc_funds", "display_text": "insufficient"}),
        ("显示91的时候，重启过", {"response_code": "rc_unavailable"}),
        ("showing 91 when they fail", {"response_code": "rc_unavailable"}),
        ("declined: 05", {"response_code": "rc_generic", "display_text": "generic_declined"}),
        ("应答码（39域）：51", {"response_code": "rc_funds"}),
        ("F39=51", {"response_code": "rc_funds"}),
        ("rc51", {"response_code": "rc_funds"}),
        ('{"respCode":"51","amount":"54"}', {"response_code": "rc_funds"}),
        ("<respCode>51</respCode><amount>54.00</amount>", {"response_code": "rc_funds"}),
        ("98元的货刷不了，提示98", {"response_code": "rc_timeout"}),
        ("显示 51，10 分钟后还是", {"response_code": "rc_funds"}),
        ("交易失败，余额不足", {"display_text": "insufficient"}),
        ("declined, then insufficient funds", {"display_text": "insufficient"}),
        ("密码错误，后来密码错误次数超限", {"display_text": "pin_exceeded"}),
        ("没收卡,请联系收单行", {"display_text": "pickup"}),
        ("请向网络中心签到", {"display_text": "resign"}),
        ("信用ka卡已过期", {"display_text": "expired"}),
        ("不是无效卡，是过期卡", {"display_text": "expired"}),
        ("不仅显示无效卡", {"display_text": "invalid_card"}),
        ("not read error, invalid card", {"display_text": "invalid_card"}),
        ("没反应，显示51", {"response_code": "rc_funds", "display_text": "no_reaction"}),
        ("交易超时，没有出小票", {"display_text": "timeout"}),
        ("交易超时没有显示别的", {"display_text": "timeout"}),
        ("读卡失败。请重试", {"display_text": "read_error"}),
        ("没法连接，失败了", {}),
        ("终端\n超时", {"display_text": "timeout"}),
        ("", {}),
        ("   \n", {}),
    ],
)
def test_what_people_write_becomes_findings(text: str, findings: dict[str, str]) -> None:
    assert INTAKE.read(text).findings == findings


@pytest.mark.parametrize(
    "text",
    [
        "收了54元",
        "¥51",
        "51%",
        "100.54",
        "51.00 yuan",
        "显示54元",
        "10:54",
        "54分钟前",
        "54 times",
        "第51次",
        "排队54号",
        "6222021234567890123",
        "13812345151",
        "2026-11-05",
        "we have 54 cards",
        "no idea at 54 Main Street",
        "提示54秒后",
        "显示 54 张卡",
        "显示 10:54",
        "显示 5/11",
        "error 10:54",
        "error at 10:54",
        "error 5 times",
        "failed 54 times",
        "code 1,051",
        "code 51.00",
        "code 2024-05-11",
        "code 5 4 3 2",
        "2024年05月11日",
        "6222 0212 3456 7890",
        "(021) 5555 1234",
        "(10) 检查网络",
        "金额(51)",
        "amount [54]",
        "密码 54",
        "验证码 51",
        "二维码 51",
        "商户代码 54",
        "PIN code 05",
        "zip code 51",
        "有效期 05/27",
        "共51笔",
        "54岁",
        "A4纸",
    ],
)
def test_a_number_that_is_no_code_is_not_read(text: str) -> None:
    found = INTAKE.read(text)
    assert found.readings == ()
    assert found.unknown_codes == ()


@pytest.mark.parametrize(
    "text",
    [
        "没有显示无效卡",
        "不是余额不足",
        "并没有提示请插卡",
        "it does not say card expired",
        "没有显示 54",
        "不是 code 54",
        "没有显示无效卡或余额不足",
        'it did not show "read error" or "invalid card"',
        "isn't 51 insufficient funds",
        "不是余额不足(51)",
        "没有显示 51 余额不足",
        "返回码不是51",
        "code is not 51",
        "没有 error code 51",
        "无效卡没有出现",
        "是不是余额不足",
        "not approved",
        "没有交易成功",
    ],
)
def test_what_is_denied_is_not_read(text: str) -> None:
    assert INTAKE.read(text).readings == ()


@pytest.mark.parametrize(
    ("text", "unknown"),
    [("返回码 ZZ9", "ZZ9"), ("code 88", "88"), ("错误码：Ｎ７", "Ｎ７"), ("88", "88"), ("显示 88", "88")],
)
def test_an_unknown_code_is_reported_and_never_guessed(text: str, unknown: str) -> None:
    found = INTAKE.read(text)
    assert found.unknown_codes == (unknown,)
    assert found.findings == {}


@pytest.mark.parametrize("text", ["00", "显示00 交易成功", "应答码 A2", "交易成功", "Y1", "16", "approved"])
def test_an_approved_payment_is_said_and_is_no_evidence_of_a_failure(text: str) -> None:
    found = INTAKE.read(text)
    assert any(reading.approved for reading in found.readings)
    assert found.findings == {}


def test_readings_that_disagree_are_left_out_and_named() -> None:
    found = INTAKE.read("先是 code 54，后来 code 51")
    assert codes(found) == ["54", "51"]
    assert found.conflicts == ("response_code",)
    assert found.findings == {}


@pytest.mark.parametrize("text", ["codes 51 and 54", "51, 54", "应答码51、54", "code 51 or 54"])
def test_codes_in_a_row_are_all_read(text: str) -> None:
    assert codes(INTAKE.read(text)) == ["51", "54"]


def test_codes_of_voids_and_their_notes_stay_what_the_model_says() -> None:
    (reading,) = INTAKE.read("返回码 25").readings
    assert (reading.variable, reading.state) == ("", "")
    assert reading.note
    assert reading.contacts == ("acquirer_or_pos_provider",)


def test_a_text_beside_several_codes_keeps_their_warning() -> None:
    (reading,) = INTAKE.read("没收卡,请联系收单行").readings
    assert (reading.code, reading.state) == ("", "pickup")
    assert "请勿强行扣卡" in reading.note.zh


def test_a_dialect_the_model_does_not_have_is_refused() -> None:
    with pytest.raises(EvidenceError, match="Known dialects: unionpay, visa_mastercard"):
        read_text(MODEL, "54", dialect="amex")


@pytest.mark.parametrize(
    "unit",
    ["交易失败", "51 ", "code 51 ", "显示", "显示::::::::", "没有", "(", "返回码 ZZ9 余额不足", "\ufdfa"],
)
def test_a_megabyte_takes_under_a_second(unit: str) -> None:
    started = process_time()
    assert INTAKE.read(unit * (1_000_000 // len(unit))).is_cut
    assert process_time() - started < 1


def test_no_half_of_a_code_is_read_at_the_cut() -> None:
    filling = "。" * (MAX_CHARACTERS - len("code 5"))
    assert INTAKE.read(filling + "code 512").unknown_codes == ()
    assert INTAKE.read(filling + "code 51").readings == ()


def test_the_same_code_twice_is_one_reading() -> None:
    assert codes(INTAKE.read("code 54, 又是应答码54")) == ["54"]


def test_a_dialect_alone_knows_its_own_codes() -> None:
    assert codes(read_text(MODEL, "82", dialect="visa_mastercard")) == ["82"]
    assert codes(read_text(MODEL, "77", dialect="visa_mastercard")) == []
    assert codes(read_text(MODEL, "82")) == ["82"]


def test_a_huge_text_is_cut_and_says_so() -> None:
    found = INTAKE.read("code 54 " + "余额不足 54元 " * 200_000)
    assert found.is_cut
    assert codes(found) == ["54"]
    assert not INTAKE.read("x" * MAX_CHARACTERS).is_cut


@settings(max_examples=300, deadline=None, derandomize=True)
@given(
    st.text(max_size=60)
    | st.lists(
        st.sampled_from(
            [
                "显示",
                "code",
                "54",
                "５１",
                "无效卡",
                "没有",
                "[",
                "]",
                "元",
                " ",
                "。",
                "read error",
                "00",
                "返回码",
                "或",
                "88",
                "(",
                "交易失败",
                "\n",
                "\u200b",
                "\x00",
                "🏧",
            ]
        ),
        max_size=12,
    ).map("".join)
)
def test_any_text_gives_findings_the_model_knows(text: str) -> None:
    found = INTAKE.read(text)
    Evidence(MODEL, found.findings)
    for reading in found.readings:
        assert unicodedata.normalize("NFKC", reading.phrase)
        assert reading.phrase in text
        assert reading.approved or reading.meaning


def test_a_model_without_codes_reads_nothing() -> None:
    from tests.networks import diagnostic  # noqa: PLC0415

    model: Model = diagnostic()
    assert read_text(model, "code 54 无效卡").readings == ()


@pytest.mark.parametrize(
    "text",
    [
        "my card is declined",
        "My card was declined at your terminal",
        "我的卡刷不了",
        "这张卡刷不了",
        "卡刷不了",
        "my card works fine",
    ],
)
def test_the_card_of_who_writes_is_no_other_card(text: str) -> None:
    assert "other_card_here" not in INTAKE.read(text).findings
