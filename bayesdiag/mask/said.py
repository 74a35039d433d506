"""Secrets that are told by the words beside them: security codes, PINs; and what those words are."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bayesdiag.mask.plain import UNSEEN
from bayesdiag.mask.secret import Kind, Secret

_CVV = (
    r"(?:(?:(?<![a-z])|(?<=card))(?:cvv|cvc|cvn|cvd|csc|cav|cid)(?:[\s\-_]?2(?![0-9]))?(?:[\s\-_]?(?:code|value|number|no))?(?:'?s)?(?![a-z])"
    r"|(?:card[\s\-_]{0,2})?security[\s\-_]{0,2}(?:code|number|digits|value)|verification\s{1,2}value"
    r"|(?:card|signature)[\s\-_](?:panel[\s\-_])?code(?![a-z])"
    r"|card\s{1,2}verification(?:\s{1,2}(?:code|value|number))?"
    r"|(?:code|number|digits|(?:three|3|four|4)[\s\-]{0,2}digits?|(?:last|final)\s(?:three|3|four|4))\s{1,2}(?:printed\s{1,2})?"
    r"(?:on|at|from|off)\s{1,2}(?:the\s{1,2})?(?:back|front|rear|reverse|signature)"
    r"|安全[码碼]|安全代[码碼]|安全号码?|卡验证码|卡片验证码|信用卡验证码|(?<!MAC)校验码|验证值"
    r"|[卡片]?(?:[背反]面|背[后後]|[签簽]名[条條栏欄区])(?:[签簽]名[条條栏欄区])?(?:[后後]面|[后後]|上|旁[边邊])?的?那?(?:最?[后後末]尾?|尾部|最右[边邊]?)?的?那?[三3四4][位个個](?:[数數]字?|[码碼])?"
    r"|(?<![号的单码机])[后後末][三3](?:位(?:数字?)?|[码碼]))"
)
_PIN = (
    r"(?:(?:(?<![a-z])|(?<![a-z])(?:card|user|customer|client|cardholder|my|txn|atm|online|new|old|enc|encrypted))"
    r"pin(?:[\s\-_]{0,2}(?:codes?|numbers?|no\b\.?|block|value|digits))?(?:'?s)?(?![a-z])"
    r"|(?<![a-z])(?:pass[\s\-_]?code|password|passwd|pwd|secret\s(?:code|number))(?:'s)?(?![a-z])"
    r"|personal\s{1,2}identification\s{1,2}(?:number|code)|[个個]人(?:[识識][别別]|[标標][识識])[码碼]"
    r"|密码(?!键|盘|错|超|锁|输错|机)|口令|密碼(?!鍵|盤|錯|超|鎖|機|輸錯))"
)
_OTP = (
    r"(?:(?<![a-z])otp(?![a-z])|(?:sms|one[\s\-]time|verification)\s{1,2}(?:code|password)"
    r"|(?:短信|手机|动态)?验证码|动态码|动态密码)"
)
_FIELD = (
    r"(?:terminal|merchant|amount|total|code|auth|batch|trace|ref|order|error|response|result|date|time"
    r"|card|pan|exp)"
)
_SPEAKER = (
    r"(?:\n\s{0,3}(?:[\[(]?[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?[\])]?\s?)?(?:(?:商[户戶家]|[顾顧]?客[户戶人]?|持卡人|用[户戶]|店[员員]|收[银銀][员員]"
    r"|客服|[对對]方|老板|[老小阿][\u4e00-\u9fff]|[\u4e00-\u9fff]{1,3}(?:先生|女士|小姐|老[板師师]|[总總]|[师師]傅|[经經]理)|[甲乙我他她ABCMQ]"
    rf"|(?-i:(?!(?i:{_FIELD}))[A-Z][a-z]{{1,11}})|merchant|customer|client|caller|cashier|agent|guest|support|operator|me|him|her)"
    r"\s?(?:[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?)?\s{0,2}[:\n>]\s?)?(?:(?:好的?|嗯|[稍请請]等|ok(?:ay)?|sure|yes|yeah|um|uh)[,，.。\s]{1,3})?)"
)
"""Whoever speaks in the next line."""
_LINK = (
    rf"(?:{_SPEAKER}"
    rf"|[{UNSEEN}]"
    r"|[\s:=#?\"'“”‘’「」『』【】《》()（）\[\]{}<>,，、。\-—–→_*`|]|&nbsp;|&quot;|&#39;|[是为為乃就即的了码碼号號填从從我还還写寫念报報说說发發给給你您记記如下这這那]"
    r"|多少|什么|什麼|几位?|幾位?|[吗呢啊呀哦哈吧嗎]|[请請][问問]|一下|告[诉訴]|[后後]三位|如下|尾号[0-9]{4}的?卡?"
    r"|for\s(?:the\s|my\s|his\s|her\s)?(?:card\s)?(?:ending\s(?:in\s|with\s)?)?[0-9]{4}(?=\s?(?:is|was|=|:))"
    r"|[输輸]入|[输輸][的了]|[设設]置|[设設]的|[设設][成为為]|改[成为為]|用的|填的|[数數]字|代[码碼]|生日"
    r"|(?:code|number|no\.?|value|is|was|are|of|the|my|his|her|our|your|on|it|this|card|entered|typed|set|to|used"
    r"|i|he|she|block|digits?|which|back|front|still|changed|from|same|as|just|now|printed|written|there|here|says|reads|shows"
    r"|below|above|following|follows|should|be|being|that|what|please|pls|um|uh|er|tell|told|me|you|gave|give|given|s|code's|number's"
    r"|amex|american|express|visa|mastercard|signature|strip|panel|side|reverse|rear|and\sit)(?![a-z])"
    r"|(?:和|及|与|and(?![a-z])|&|/)\s?(?:密码|pin(?![a-z])|安全码|cv[vcn]2?(?![a-z]))"
    r"|(?:卡片?)?背面的?|[后後]面|三位|3位|四位|4位|六位|6位|2(?=\s?[:=]))"
)
_NOT_COUNTED = (
    r"(?![0-9*]|[.:/\-][0-9]|,[0-9]{3}|\s?(?:[元块角分秒天年月日次遍位笔张台个点%‰件名]|小时"
    r"|yuan|rmb|cny|usd|times|digits?|days?|hours?|min|sec|attempts?|tries|am\b|pm\b))"
)
_SPACED_END = r"(?![0-9]|[\s.\-][0-9])"
_SHORT = (
    rf"[0-9]{{3,4}}(?![0-9*]|[.:/\-][0-9]|\s?(?:[位次]|digits?))|[0-9](?:[\s.\-][0-9]){{2,3}}{_SPACED_END}"
)
_LONGER = (
    rf"[0-9]{{4,12}}{_NOT_COUNTED}|[0-9](?:[\s.\-][0-9]){{3,11}}{_SPACED_END}"
    rf"|[0-9]{{2,3}}[\s\-][0-9]{{2,3}}(?:[\s\-][0-9]{{2}})?{_NOT_COUNTED}"
)
_BLOCK = r"[0-9A-Fa-f]{16}(?![0-9A-Za-z])"
_WORD = r"(?=[A-Za-z@#$%^&*_!.]*[0-9])[A-Za-z0-9@#$%^&*_!]{4,32}(?![0-9A-Za-z])"
_STRONG_LINK = r"\s{0,3}(?:码|号)?\s{0,3}(?:是|为|:|=|is|was)\s{0,3}[\"'“‘]?"
_TYPED = (
    r"(?:输的是|输入的是|输了|输入了|用的是|试了|就是|改成了?|改为|换成了?"
    r"|(?:entered|typed|tried|used|keyed(?:\sin)?|pressed|changed\sto|namely)(?![a-z]))\s{0,2}[:\"'“]?\s?"
)
"""Words that say what was typed, some way behind the word for a PIN."""
_FORWARD: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("cvv", re.compile(rf"{_CVV}(?:{_LINK}){{0,16}}+({_SHORT})", re.IGNORECASE)),
    ("pin", re.compile(rf"{_PIN}(?:{_LINK}){{0,16}}+({_BLOCK}|{_LONGER})", re.IGNORECASE)),
    ("pin", re.compile(rf"{_PIN}{_STRONG_LINK}({_WORD})", re.IGNORECASE)),
    (
        "pin",
        re.compile(rf"(?:密[码碼]|(?<![a-z])pin(?![a-z]))[^0-9\n]{{0,24}}{_TYPED}({_LONGER})", re.IGNORECASE),
    ),
    ("pin", re.compile(rf"{_OTP}(?:{_LINK}){{0,16}}+([0-9]{{4,8}}{_NOT_COUNTED})", re.IGNORECASE)),
)
_BACK = (
    r"\s{0,2}[)）]?\s{0,2}(?:(?:是|就是|为|is|was|as|=|->)\s{0,2}"
    r"(?:my|the|his|her|our|我的|他的|她的|这张卡的|卡的|card)?\s{0,2}|[(（]\s{0,2})(?:the\s|card\s)?"
)
_BACKWARD: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("cvv", re.compile(rf"(?<![0-9])([0-9]{{3,4}}){_BACK}{_CVV}", re.IGNORECASE)),
    (
        "pin",
        re.compile(
            rf"(?<![0-9])([0-9]{{4,12}}){_BACK}{_PIN}(?!\s?(?:pad|error|tries|retr|entry|block))",
            re.IGNORECASE,
        ),
    ),
)
_MORE = re.compile(r"\s?(?:和|及|与|or|and|,|、|/|&)\s?([0-9]{3,12})(?![0-9])")
_CHANGED = re.compile(r"\s?(?:改成了?|改为|换成了?|(?:changed\s)?to(?![a-z]))\s?([0-9]{4,12})(?![0-9])")
_BOTH = re.compile(r"(?:和|及|与|and|&|/)\s?(?:密码|pin|安全码|cv[vcn])", re.IGNORECASE)

_CALLED_CARD = re.compile(
    r"(?:(?<![員员油量网網宾賓值物品饭飯校园園话話])(?<!sim)(?<!sim )"
    r"(?:(?:[银銀]行|信用|借[记記]|[储儲]蓄)?卡(?:片)?[号號](?:[码碼])?)"
    r"|(?<![a-z])(?:(?<!sim )card[\s_\-]?(?:numbers?|num|no\b\.?|nr\b\.?)|pan(?![a-z])))"
    r"(?:[\s:=#\"'“”「」是为為]|is\b|was\b){0,6}"
    r"([0-9](?:[ \-]?[0-9]){11,18})(?![0-9]|[ \-][0-9]|[.:/][0-9])",
    re.IGNORECASE,
)
"""A word that is a payment card's number and nothing else, and as many digits as such numbers have."""

_LABELS: dict[str, re.Pattern[str]] = {
    "card": re.compile(
        r"(?<!sim)(?<!sim )卡(?![机機死住顿頓纸紙槽])|[银銀][联聯]|刷|[账帐賬帳][号號户戶]"
        r"|(?<![a-z])(?:c\s?a\s?r\s?d|cards|pan|account|acct|acc"
        r"|visa|master\s?card|amex|unionpay|jcb|maestro|discover|diners|debit|credit"
        r"|(?:paid|pay|paying|charged)\s(?:with|by|using|to)|swiped?|tapped)(?:s|[\s_\-]?(?:n\s?o|num|number|id|nr))?(?![a-z])",
        re.IGNORECASE,
    ),
    "track": re.compile(r"磁道|磁条数据|二磁|(?<![a-z])track", re.IGNORECASE),
    "phone": re.compile(
        r"电话|手机|座机|号码|联系|致电|来电|拨打|传真|固话|热线|(?<![a-z])(?:tel|phone|telephone|mobile|cell|call|fax|ring|dial|contact"
        r"|reach|whatsapp|landline)",
        re.IGNORECASE,
    ),
    "id": re.compile(
        r"身份证|证件号|身份号码|公民身份|(?<![a-z])(?:id\s?(?:card|no|number)?|identity|citizen)",
        re.IGNORECASE,
    ),
}
_OTHER = re.compile(
    r"(?:(?:(?:订单|流水|单|序列|运单|参考|凭证|批次|追踪|跟踪|快递)(?:编?号码?)|(?:交易|商户|终端|授权|小票|票据|发票|合同|设备|机器|机身|工单|请求)"
    r"(?:编?号码?|代码|流水号?|ID|id|SN)|订单|流水)(?:[\s:=#是为\"'(\[]){0,4}"
    r"|(?<![a-z])(?:(?:rrn|stan|imei|iccid|sn|s/n|ean|upc|uuid|arn|mid|tid|order|ref|invoice|waybill|tracking|trace)(?:[\s_\-]?(?:id|no|num|number|nr))?"
    r"|(?:reference|serial|merchant|terminal|batch|ticket|transaction|txn|trx|voucher|receipt|approval|auth|parcel|shipment|request|session)"
    r"[\s_\-]?(?:id|no|num|number|nr|code|ref|reference))\.?(?:[\s:=#\"'(\[]|is|was){0,4})$",
    re.IGNORECASE,
)
_MASKED = re.compile(r"\[[a-z]{1,5} \*{3}\]|^[a-z]{0,5} \*{3}\]")
"""What stands in a secret's place tells nothing about what stands behind it."""
_REACH = 32
_LETTER = re.compile(r"[^\W\d_]")
"""Every such word has one; among digits alone the long patterns need not be tried."""


def said_secrets(text: str) -> Iterator[Secret]:
    """Yield the security codes, PINs and one-time codes that a plain text names as such."""
    for kind, pattern in _FORWARD:
        for found in pattern.finditer(text):
            if _is_year(found[1], text, found.end(1)):
                continue
            yield Secret(*found.span(1), kind)
            changed = _CHANGED.match(text, found.end(1))
            if changed and kind == "pin":
                yield Secret(*changed.span(1), "pin")
            more = _MORE.match(text, found.end(1))
            if more and _BOTH.search(text, found.start(), found.start(1)):
                yield Secret(*more.span(1), "cvv" if kind == "pin" else "pin")
    for kind, pattern in _BACKWARD:
        for found in pattern.finditer(text):
            yield Secret(*found.span(1), kind)


def called_cards(text: str) -> Iterator[Secret]:
    """Yield the digits that a plain text calls a card's number, right or wrong: one may be misheard."""
    for found in _CALLED_CARD.finditer(text):
        digits = re.sub(r"[^0-9]", "", found[1])
        yield Secret(*found.span(1), "card", "", digits[:6], digits[-4:])


def is_labelled(kind: str, text: str, start: int, reach: int = _REACH) -> bool:
    """Whether words shortly before a place say what stands there: "card", "track", "phone" or "id"."""
    before = text[max(0, start - reach) : start]
    if not _LETTER.search(before):
        return False
    return _LABELS[kind].search(_MASKED.sub("", before)) is not None


def is_called(kind: str, text: str, end: int) -> bool:
    """Whether words shortly behind a place, in the same line, say what stands before it."""
    behind = text[end : end + _REACH].partition("\n")[0]
    return _LETTER.search(behind) is not None and _LABELS[kind].search(behind) is not None


def is_other_number(text: str, start: int) -> bool:
    """Whether the words right before a place say that an order, a device or the like is numbered there."""
    before = text[max(0, start - _REACH) : start]
    return _LETTER.search(before) is not None and _OTHER.search(before) is not None


def _is_year(value: str, text: str, end: int) -> bool:
    return len(value) == 4 and value[:2] in {"19", "20"} and text[end : end + 1] in {"年", "-", "/", "."}
