"""Masking: what must not be kept is replaced however it is written, what is harmless stays as it was."""

from __future__ import annotations

import re
import unicodedata
from time import process_time

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bayesdiag.mask import mask_text, masked

SCRIPTS = [0x30, 0xFF10, 0x660, 0x6F0, 0x966, 0x1D7CE]
"""Where ten digits begin: ASCII, full width, Arabic, Persian, Devanagari, mathematical."""
GAPS = [
    "",
    "",
    " ",
    "-",
    ".",
    "  ",
    "\u00a0",
    "\u2009",
    "\u202f",
    "\u3000",
    "–",
    "·",
    "\n",
    " - ",
    "\u200b",
    "_",
]
ISSUERS = [
    ("4", 16),
    ("4", 19),
    ("4", 13),
    ("51", 16),
    ("2221", 16),
    ("34", 15),
    ("37", 15),
    ("62", 16),
    ("62", 19),
]
ISSUERS += [("6011", 16), ("65", 16), ("3528", 16), ("36", 14), ("9558", 19), ("6759", 16), ("300", 14)]


def check_digit(digits: str) -> str:
    """The digit of ISO/IEC 7812-1, annex B, the slow way."""
    for last in "0123456789":
        values = [int(digit) for digit in digits + last]
        for place in range(len(values) - 2, -1, -2):
            values[place] = values[place] * 2 - 9 * (values[place] > 4)
        if sum(values) % 10 == 0:
            return last
    raise AssertionError


@st.composite
def card_numbers(draw: st.DrawFn) -> str:
    head, size = draw(st.sampled_from(ISSUERS))
    rest = draw(st.text("0123456789", min_size=size - 1 - len(head), max_size=size - 1 - len(head)))
    return head + rest + check_digit(head + rest)


@st.composite
def written(draw: st.DrawFn, digits: str) -> str:
    """Digits in any grouping and any mixture of scripts."""
    parts = [digits[0]]
    for digit in digits[1:]:
        script = draw(st.sampled_from(SCRIPTS))
        parts += [draw(st.sampled_from(GAPS)), chr(script + int(digit))]
    return "".join(parts)


def is_digit(sign: str) -> bool:
    return unicodedata.decimal(sign, None) is not None or sign in "〇零一二三四五六七八九幺"


around = st.text(st.characters(codec="utf-8"), max_size=30).map(
    lambda text: "".join(s for s in text if not is_digit(s))
)


def digits_in(text: str) -> str:
    return "".join(
        str(unicodedata.decimal(sign)) for sign in text if unicodedata.decimal(sign, None) is not None
    )


@settings(max_examples=400)
@given(st.data(), card_numbers(), around, around)
def test_a_card_number_in_any_grouping_is_masked(
    data: st.DataObject, number: str, before: str, behind: str
) -> None:
    told = data.draw(written(number))
    # A date among the groups is taken for a date; its digits would have to stand in the number by chance.
    assume(not re.search(r"(19|20)[0-9]{2}", number[1:]))
    shown = masked(before + told + behind)
    assert digits_in(shown.text) == number[:6] + number[-4:]
    assert [secret.kind for secret in shown.secrets] == ["card"]
    assert shown.secrets[0].issuer == number[:6]
    assert shown.text.startswith(before)
    assert shown.text.endswith(behind)


words = st.sampled_from(
    [
        *(
            "卡号",
            "CVV",
            "密码",
            "PIN ",
            "电话",
            "订单号",
            " ",
            "，",
            "\n",
            "-",
            ".",
            "*",
            "+86",
            "=",
            "是",
            "[",
            "51",
        ),
        *("4111111111111111", "4111 1111", "1111", "12/27", "123", "123456", "13812345678", "010-12345678"),
        "11010519491231002X",
    ]
)


@settings(max_examples=500)
@given(st.lists(words | st.text(max_size=4), max_size=14).map("".join))
def test_masking_twice_changes_nothing_more(text: str) -> None:
    once = mask_text(text)
    assert mask_text(once) == once


@given(st.text(max_size=60))
def test_any_text_is_taken(text: str) -> None:
    assert isinstance(mask_text(text), str)
    assert mask_text("\ud800" + text + "\udfff").startswith("\ud800")


@settings(max_examples=300)
@given(st.integers(0, 10**12 - 1), around)
def test_a_number_too_short_for_a_card_is_none(number: int, text: str) -> None:
    found = masked(f"{text}{number}")
    assert "card" not in {secret.kind for secret in found.secrets}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("卡号4111111111111111有效期12/27，CVV123", "卡号[411111******1111]有效期12/27，CVV[cvv ***]"),
        ("６２１２３４５６７８９０１２３２", "[621234******1232]"),
        ("3782 822463 10005 declined", "[378282******0005] declined"),
        ("**4111 1111 1111 1111**", "**[411111******1111]**"),
        ("4111-1111-1111-1111 12/27 123", "[411111******1111] 12/27 [cvv ***]"),
        ("4111111111111111|12|27|123", "[411111******1111]|12|27|[cvv ***]"),
        ("41111 11111 11111 1 12/27", "[411111******1111] 12/27"),
        ("2026-11-05 4111 1111 1111 1111 100.00", "2026-11-05 [411111******1111] 100.00"),
        ("4111111111111111 5555555555554444", "[411111******1111] [555555******4444]"),
        ("交易4111111111111111失败", "交易[411111******1111]失败"),
        ("六二一二三四五六七八九零一二三二", "[621234******1232]"),
        ("%B4111111111111111^DOE/JOHN^27121010000012300000?", "[track ***]"),
        (";4111111111111111=27121010000012300000?", "[track ***]"),
        ("4111111111111111D27121010000012300000F ok", "[track ***] ok"),
        ("cvv2: 123", "cvv2: [cvv ***]"),
        ("CVN2是７３７", "CVN2是[cvv ***]"),
        ("安全码：1 2 3", "安全码：[cvv ***]"),
        ("卡背面三位数 123", "卡背面三位数 [cvv ***]"),
        ("security code is 1234", "security code is [cvv ***]"),
        ("the cvv on the back is 123", "the cvv on the back is [cvv ***]"),
        ("签名条后面的三位数 123", "签名条后面的三位数 [cvv ***]"),
        ("安全碼 123", "安全碼 [cvv ***]"),
        ("PIN was changed to 1234", "PIN was changed to [pin ***]"),
        ("原密码123456改成654321", "原密码[pin ***]改成[pin ***]"),
        ("密码错误，我输的是123456", "密码错误，我输的是[pin ***]"),
        ("密码就是生日 900101", "密码就是生日 [pin ***]"),
        ("(4111) (1111) (1111) (1111)", "([411111******1111])"),
        ("4111:1111:1111:1111", "[411111******1111]"),
        ("123 is my CVV", "[cvv ***] is my CVV"),
        ("密码是123456", "密码是[pin ***]"),
        ("my PIN is 1234, please", "my PIN is [pin ***], please"),
        ("PIN: 1 2 3 4", "PIN: [pin ***]"),
        ("1234是我的密码", "[pin ***]是我的密码"),
        ("密码：abc123", "密码：[pin ***]"),
        ("验证码 482913", "验证码 [pin ***]"),
        ("PIN block 0412AC89ABCDEF67", "PIN block [pin ***]"),
        ("CVV和密码：123和123456", "CVV和密码：[cvv ***]和[pin ***]"),
        ("11010519491231002X", "[id ***]"),
        ("11010519491231002ｘ", "[id ***]"),
        ("身份证 110105 19491231 002X", "身份证 [id ***]"),
        ("440524188001010014", "[id ***]"),
        ("130503670401001", "[id ***]"),
        ("手机13812345678", "手机[phone ***]"),
        ("+86 138-1234-5678", "[phone ***]"),
        ("0086 13812345678", "[phone ***]"),
        ("(010)12345678", "[phone ***]"),
        ("座机0755-88886666转8001", "座机[phone ***]转8001"),
        ("+86 10 6655 4433", "[phone ***]"),
        ("02155551234", "[phone ***]"),
        ("+86 (0)139 1234 5678", "[phone ***]"),
        ("卡號6222；0212；3456；7894刷不了", "卡號[622202******7894]刷不了"),
        ("4111%C2%A01111%C2%A01111%C2%A01111", "[411111******1111]"),
        (r"4111\u00a01111\u00a01111\u00a01111", "[411111******1111]"),
        ("77 6011114 0861492 03 82", "77 [601111******9203] 82"),
        ("6771792630931 is the card", "[677179******0931] is the card"),
        ("客服 10:23：请问安全码\n商户 10:24：739", "客服 10:23：请问安全码\n商户 10:24：[cvv ***]"),
        ("PIN?\nJohn: 4821", "PIN?\nJohn: [pin ***]"),
        ("“CVV几位？”“三位，739”", "“CVV几位？”“三位，[cvv ***]”"),
        ("CVV for 1234 is 739", "CVV for 1234 is [cvv ***]"),
        ('{"cardPin": "4821"}', '{"cardPin": "[pin ***]"}'),
        ("個人識別碼：4821", "個人識別碼：[pin ***]"),
        ("电话88886666", "电话[phone ***]"),
        ("+852 9123 4567", "[phone ***]"),
    ],
)  # fmt: skip
def test_secrets_are_masked(text: str, shown: str) -> None:
    assert mask_text(text) == shown
    assert mask_text(shown) == shown


@pytest.mark.parametrize(
    "text",
    [
        "应答码51，A0，91", "51 54 55 91", "51、54、55、91", "code 55 PIN tries exceeded (75)", "密码错误次数超限（75）",
        "¥1,234,567.89", "4,111,111,111,111.00", "金额 100.00 元", "0.4111111111111111", "4.111111111111111e-17",
        "2026-11-05 14:30:55", "20261105143055", "2026-11-05T14:30:55.123456+08:00", "2026年11月5日 05/11/2026",
        "终端号 51234567 20261105", "商户号 898310058120001", "终端 NL12345678", "订单号 2026110512345678901",
        "order no. 4111111111111111", "RRN 631012345678", "授权码 123456", "SN NL12345678901", "IMEI 356938035643809",
        "批次 000123 凭证 004567", "ICCID 89860012345678901234", "v1.2.3.4 build 20261105", "192.168.1.100:8080",
        "00:1A:2B:3C:4D:5E", "A0000003330101", "尾号1234", "last four 1111", "622202******1234", "6222 02** **** 1234",
        "411111XXXXXX1111", "95588", "400-820-8888", "客服 10086", "(021) 95588", "tel 95588", "4111111111111112",
        "6222021234567890123", "PIN pad SN 12345678", "密码键盘 12345678", "输错3次密码", "密码 54", "PIN code 05",
        "CVV 12/27", "密码错误，输了3次", "PIN ok, then tried 2000 yuan", "订单后三位 051", "three digit code 054", "密码 2026-11-05", "password wrong 3 times", "三一二四", "1764097446000", "1764097446",
        "3f2504e0-4f89-11d3-9a0c-0305e82c3301", "收了13812元", "868658219356", "6771792630931", "应答码51、54、55、57、58、61、62、65", "6500，104512345678",
        "PIN OK, auth 482193", "请输入密码\n终端：10023456", "PIN? Terminal: 10023456", "密码正确。金额482915元", "CVV N7 at 14:05", "", "  \n",
    ],
)  # fmt: skip
def test_harmless_numbers_stay(text: str) -> None:
    assert mask_text(text) == text
    assert masked(text).secrets == ()


def test_what_is_still_useful_is_kept() -> None:
    card, pin = masked("卡 6212-3456-7890-1232 密码 123456").secrets
    assert (card.scheme, card.issuer, card.last) == ("UnionPay", "621234", "1232")
    assert (pin.kind, pin.issuer, pin.last) == ("pin", "", "")
    assert (card.start, card.end) == (2, 21)


@pytest.mark.parametrize(
    "unit",
    [
        "4",
        "4 ",
        "1.",
        "4111 1111 1111 1111 ",
        "密码",
        "cvv ",
        "+1",
        "(1",
        "%B4",
        "4111111111111111=",
        "12/",
        "六",
        " ",
    ],
)
def test_time_grows_with_length_alone(unit: str) -> None:
    short, long = (unit * (size // len(unit)) for size in (30_000, 240_000))
    times = []
    for text in (short, long):
        begun = process_time()
        mask_text(text)
        times.append(process_time() - begun)
    assert times[1] < 8 * 4 * max(times[0], 0.02)


def test_a_million_digits_are_no_card() -> None:
    begun = process_time()
    assert mask_text("4" * 1_000_000) == "4" * 1_000_000
    assert process_time() - begun < 20


@pytest.mark.parametrize("sign", "\"“”″‘’'`´,;:/|+#=!?&^%$@<>{}()~…«»*·。、，；：＂-–.")
@pytest.mark.parametrize("groups", [("4111", "1111", "1111", "1111"), ("3714", "496353", "98431")])
def test_a_card_number_is_masked_whatever_sign_parts_its_groups(sign: str, groups: tuple[str, ...]) -> None:
    number = "".join(groups)
    assert mask_text(sign.join(groups)) == f"[{number[:6]}******{number[-4:]}]"
    told = f"the card [{number[:6]}******{number[-4:]}] fails"
    assert mask_text(f"the card {sign.join(groups)} fails") == told


def test_what_stands_behind_a_masked_number_does_not_join_it() -> None:
    text = "622202******1234 5678"
    assert mask_text(text) == text


def test_words_between_numbers_part_them() -> None:
    text = "the card 3566.0020.2036.0505 was refused, and the code was 91"
    assert mask_text(text) == "the card [356600******0505] was refused, and the code was 91"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("卡号6222021234567890123，很急", "卡号[622202******0123]，很急"),
        ("银行卡号：6217 0012 3456 7890", "银行卡号：[621700******7890]"),
        ("card no. is 4111-1111-1111-1112", "card no. is [411111******1112]"),
        ("PAN 411111111111112 exp 05/29 123", "PAN [411111******1112] exp 05/29 [cvv ***]"),
    ],
)
def test_what_is_called_a_card_number_is_masked_whatever_its_check_digit(text: str, shown: str) -> None:
    assert mask_text(text) == shown
    assert mask_text(shown) == shown


@pytest.mark.parametrize(
    "text",
    [
        "会员卡号6222021234567890123",
        "SIM卡号 89860012345678901234",
        "卡号后四位 1234",
        "订单号6222021234567890123",
    ],
)
def test_numbers_of_other_cards_stay(text: str) -> None:
    assert mask_text(text) == text
