"""Numbers that must stay: those that a help desk needs, in the forms in which tickets and logs write them."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from tests.masking.numbers import is_identity, is_mobile, may_be_card, some_digits, with_luhn, words

CODES = words(
    "00 01 03 04 05 12 13 14 15 21 25 30 34 38 40 41 43 51 54 55 57 58 59 61 62 65 68 75 77 82 91 92 94 96 97 98 99 A0 N7"
)
AIDS = words(
    "A0000000031010 A0000000041010 A000000333010101 A000000333010102 A000000025010402 A0000000651010 A0000001523010"
)
HOTLINES = [
    "95588",
    "95533",
    "95555",
    "95566",
    "95516",
    "95599",
    "10086",
    "12378",
    "400-820-8820",
    "400 669 5566",
    "4008895580",
    "800-820-1188",
]
VERSIONS = [
    "V2.1.3",
    "v10.2.0.1234",
    "3.0.18",
    "V1.0.45_20240501",
    "2.14.0-rc.1",
    "Android 7.1.2",
    "PayDroid_6.0.1",
]


def _plain(rng: Random, count: int, starts: str = "") -> str:
    """Digits that nobody could take for a card, an identity number or a mobile number."""
    while True:
        found = starts + some_digits(rng, count - len(starts))
        if not (may_be_card(found) or is_identity(found) or is_mobile(found)):
            return found


def date(rng: Random, lang: str) -> str:
    year, month, day = rng.randint(2023, 2026), rng.randint(1, 12), rng.randint(1, 28)
    zh = [
        f"{year}年{month}月{day}日",
        f"{month}月{day}日",
        f"{year}-{month:02}-{day:02}",
        f"{year}.{month}.{day}",
        f"{year}{month:02}{day:02}",
    ]
    en = [
        f"{year}-{month:02}-{day:02}",
        f"{day:02}/{month:02}/{year}",
        f"{month}/{day}/{year}",
        f"{day} May {year}",
        f"{day:02}.{month:02}.{year}",
    ]
    return rng.choice(zh if lang == "zh" else en)


def time(rng: Random, lang: str) -> str:
    hour, minute, second = rng.randint(0, 23), rng.randint(0, 59), rng.randint(0, 59)
    zh = [
        f"{hour}:{minute:02}",
        f"{hour:02}:{minute:02}:{second:02}",
        f"{hour}点{minute:02}分",
        f"{hour:02}：{minute:02}",
    ]
    en = [
        f"{hour}:{minute:02}",
        f"{hour:02}:{minute:02}:{second:02}",
        f"{hour % 12 + 1}:{minute:02} pm",
        f"{hour:02}h{minute:02}",
    ]
    return rng.choice(zh if lang == "zh" else en)


def iso(rng: Random, lang: str) -> str:
    day = f"{rng.randint(2023, 2026)}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}"
    clock = f"{rng.randint(0, 23):02}:{rng.randint(0, 59):02}:{rng.randint(0, 59):02}"
    return (
        day
        + rng.choice(["T", "T", " "])
        + clock
        + rng.choice(["", "Z", ".123Z", "+08:00", ".482917+08:00", ",017"])
    )


def amount(rng: Random, lang: str) -> str:
    whole = rng.choice([rng.randint(1, 999), rng.randint(1000, 99999), rng.randint(100000, 9999999)])
    cents = f"{rng.randint(0, 99):02}"
    zh = [
        f"¥{whole:,}.{cents}",
        f"{whole}.{cents}元",
        f"{whole}元",
        f"￥{whole}",
        f"人民币{whole:,}元",
        f"RMB {whole}.{cents}",
        f"{whole}块",
    ]
    spaced, dotted = f"{whole:,}".replace(",", " "), f"{whole:,}".replace(",", ".")
    en = [
        f"${whole:,}.{cents}",
        f"USD {whole}.{cents}",
        f"{spaced},{cents} €",
        f"{dotted},{cents} EUR",
        f"£{whole}.{cents}",
        f"CNY {whole}.00",
        f"¥{whole:,}.{cents}",
    ]
    return rng.choice(zh if lang == "zh" else en)


def order(rng: Random, lang: str) -> str:
    day = f"202{rng.randint(3, 6)}{rng.randint(1, 12):02}{rng.randint(1, 28):02}"
    shape = rng.randrange(6)
    if shape == 0:
        return f"PO{day}-{some_digits(rng, 4)}"
    if shape == 1:
        return "ORD" + _plain(rng, 10)
    if shape == 2:
        return "4200" + _plain(rng, 24)
    if shape == 3:
        return _plain(rng, rng.choice([16, 17, 18, 19]), rng.choice(["62", "4", "52", "60", "35"]))
    return _plain(rng, rng.choice([14, 16, 18, 19, 20, 22]), rng.choice([day, day, "10", "88", "7"]))


def merchant(rng: Random, lang: str) -> str:
    bank, region = (
        rng.choice(words("898 822 848 102 103 104 105 301 308 310")),
        rng.choice(words("4403 1100 2900 3310 5810")),
    )
    while True:
        found = bank + region + rng.choice(words("5812 5411 7011 5999 5311 4816")) + some_digits(rng, 4)
        if not may_be_card(found) and not is_identity(found):
            return found


def serial(rng: Random, lang: str) -> str:
    return (
        rng.choice(["N9NL1", "SN", "PAX", "0000", "8210", "V1E0", "NEW8"])
        + some_digits(rng, rng.choice([6, 7, 8]))[:6]
    )


def masked(rng: Random, lang: str) -> str:
    last = some_digits(rng, 4)
    return rng.choice(
        [
            f"6222 02** **** {last}",
            f"622202******{last}",
            f"411111XXXXXX{last}",
            f"**** **** **** {last}",
            f"6222 **** **** {last}",
            f"5105-10**-****-{last}",
            f"xxxx-xxxx-xxxx-{last}",
            f"622202*********{last}",
            f"••••{last}",
        ]
    )


def mac(rng: Random, lang: str) -> str:
    return rng.choice(":-").join(f"{rng.randrange(256):02X}" for _ in range(6))


def tracking(rng: Random, lang: str) -> str:
    return rng.choice(
        [
            "SF" + _plain(rng, 13),
            "YT" + _plain(rng, 13),
            "JD00" + _plain(rng, 11),
            "1Z999AA1" + some_digits(rng, 10),
            "EA" + some_digits(rng, 9) + "CN",
            _plain(rng, 12, "78"),
        ]
    )


def uuid(rng: Random, lang: str) -> str:
    text = f"{rng.getrandbits(124):032x}"
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], "b" + text[21:]))


def url(rng: Random, lang: str) -> str:
    return rng.choice(
        [
            f"https://help.example.com/faq/{some_digits(rng, 5)}",
            f"https://pos.example.cn/t?id={_plain(rng, 8)}&rc=91",
            f"http://10.0.0.{rng.randint(2, 250)}:8080/v1/status",
            f"https://example.org/a/{_plain(rng, 12)}.html#s2",
        ]
    )


def emv(rng: Random, lang: str) -> str:
    cryptogram = f"{rng.randrange(10, 16):X}{rng.getrandbits(60):015X}"
    return rng.choice(
        [
            f"9F26 08 {cryptogram}",
            f"TVR {rng.choice(['8000048000', '0080008000', '0000008000'])}",
            "TSI E800",
            f"9F36={rng.getrandbits(16):04X}",
            "9F34 03 1E0300",
            "9F27 01 80",
            "95 05 8000048000",
        ]
    )


Maker = Callable[[Random, str], str]

MAKERS: dict[str, Maker] = {
    "rc": lambda rng, _lang: rng.choice(CODES),
    "date": date,
    "time": time,
    "iso": iso,
    "amount": amount,
    "order": order,
    "mid": merchant,
    "sn": serial,
    "masked": masked,
    "mac": mac,
    "parcel": tracking,
    "uuid": uuid,
    "url": url,
    "emv": emv,
    "tid": lambda rng, _lang: rng.choice(
        [_plain(rng, 8), _plain(rng, 8), "T" + some_digits(rng, 7), "A1B2" + some_digits(rng, 4)]
    ),
    "rrn": lambda rng, _lang: some_digits(rng, 12),
    "trace": lambda rng, _lang: some_digits(rng, 6),
    "auth": lambda rng, _lang: rng.choice(
        [some_digits(rng, 6), some_digits(rng, 6), "A" + some_digits(rng, 5)]
    ),
    "batch": lambda rng, _lang: "000" + some_digits(rng, 3),
    "ver": lambda rng, _lang: rng.choice(VERSIONS),
    "ip": lambda rng, _lang: (
        rng.choice(["192.168.1.", "10.0.12.", "172.16.254.", "203.0.113."])
        + f"{rng.randint(1, 254)}"
        + rng.choice(["", "", ":8080", ":443"])
    ),
    "pct": lambda rng, _lang: rng.choice(["0.38%", "0.6%", "99.95 %", "3%", "12.5%", "0.55 %"]),
    "aid": lambda rng, _lang: rng.choice(AIDS),
    "last4": lambda rng, _lang: some_digits(rng, 4),
    "qty": lambda rng, _lang: str(rng.randint(2, 48)),
    "hotline": lambda rng, _lang: rng.choice(HOTLINES),
    "post": lambda rng, _lang: rng.choice(
        ["100020", "518057", "200120", "610041", "94105", "90210", "SW1A 1AA", "10115"]
    ),
    "ms": lambda rng, _lang: "17" + _plain(rng, 11, "1"),
    "epoch": lambda rng, _lang: "17" + some_digits(rng, 8),
    "iccid": lambda rng, _lang: with_luhn("898600" + some_digits(rng, 13)),
    "imei": lambda rng, _lang: with_luhn("8622340" + some_digits(rng, 7)),
    "mcc": lambda rng, _lang: rng.choice(words("5812 5411 7011 5999 5311 4816 5541")),
    "ean": lambda rng, _lang: _plain(rng, 13, "690"),
    "model": lambda rng, _lang: rng.choice(
        ["VX820", "S920", "A910", "P2000", "ME31", "SP30", "D180", "iCT250", "A8900", "N5"]
    ),
    "pdate": lambda rng, _lang: (
        f"202{rng.randint(3, 6)}{rng.randint(1, 12):02}{rng.randint(1, 28):02}{rng.randint(0, 23):02}{rng.randint(0, 59):02}{rng.randint(0, 59):02}"
    ),
}
"""What a template may ask for."""
