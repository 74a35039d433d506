"""Every word of the interface, in Chinese and English; the model brings its own.

Numbers as a reader writes them live here too. No Streamlit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bayesdiag.diagnosis.words import chance, sentence_case
from bayesdiag.model import Text
from bayesdiag.ui.attempt_texts import ATTEMPT_TEXTS
from bayesdiag.ui.case_texts import CASE_TEXTS
from bayesdiag.ui.customer_texts import CUSTOMER_TEXTS
from bayesdiag.ui.diagnose_texts import DIAGNOSE_TEXTS
from bayesdiag.ui.model_texts import MODEL_TEXTS
from bayesdiag.ui.policy_texts import POLICY_TEXTS
from bayesdiag.ui.tune_texts import TUNE_TEXTS
from bayesdiag.ui.whatif_texts import WHATIF_TEXTS

NAMES: Mapping[str, str] = {"zh": "中文", "en": "English"}
"""What each language calls itself."""


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one language.

    Attributes:
        language: "zh" or "en".
    """

    language: str

    def __call__(self, key: str, **values: object) -> str:
        """Return the words for a key, its blanks filled in."""
        return TEXTS[key][self.language].format(**values)

    def of(self, text: Text, instead: str = "") -> str:
        """Return a text of the model; where it lacks this language, the other one."""
        return text.shown(self.language, instead)

    def title(self, text: Text, instead: str = "") -> str:
        """Return a text of the model as it stands at the beginning of a line."""
        found = self.of(text, instead)
        return sentence_case(found)

    def percent(self, p: float) -> str:
        """Return a probability as a person says it; never 0 % or 100 % for what is only near it."""
        return chance(p)

    def points(self, difference: float) -> str:
        """Return a difference of probabilities, percentage points with their sign."""
        return f"{100 * difference:+.1f}"

    def duration(self, minutes: float) -> str:
        """Return a time in the unit that suits it."""
        if minutes <= 0:
            return self("no_time")
        steps = ((1, "seconds", 60.0), (120, "minutes", 1.0), (2880, "hours", 1 / 60))
        for limit, key, factor in steps:
            if minutes < limit:
                return self(key, number=f"{minutes * factor:.0f}")
        return self("days", number=f"{minutes / 1440:.0f}")

    def money(self, amount: float, currency: str) -> str:
        """Return a price."""
        if amount <= 0:
            return self("free")
        sign = {"CNY": "¥", "EUR": "€", "USD": "$"}.get(currency)
        return f"{sign}{amount:.0f}" if sign else f"{amount:.0f} {currency}".strip()

    def price(self, minutes: float, money: float, currency: str) -> str:
        """Return what a step costs, time and money."""
        return f"{self.duration(minutes)} · {self.money(money, currency)}"

    def join(self, parts: list[str]) -> str:
        """Return the parts as a list in a sentence."""
        return ("、" if self.language == "zh" else ", ").join(parts)


TEXTS: Mapping[str, Text] = {
    **CASE_TEXTS,
    **CUSTOMER_TEXTS,
    **DIAGNOSE_TEXTS,
    **MODEL_TEXTS,
    **POLICY_TEXTS,
    **TUNE_TEXTS,
    **ATTEMPT_TEXTS,
    **WHATIF_TEXTS,
    # The frame of every page.
    "page_diagnose": Text("诊断", "Diagnose"),
    "page_whatif": Text("假设", "What-if"),
    "page_model": Text("模型", "Model"),
    "page_cases": Text("案例库", "Cases"),
    "page_lead": Text("概况", "Overview"),
    "language": Text("语言", "Language"),
    "new_case": Text("新案例", "New case"),
    "undo": Text("撤销", "Undo"),
    "link": Text("复制链接", "Copy link"),
    "link_help": Text(
        "打开这个链接就能看到同一个案例；里面没有卡号或姓名。点右侧图标复制。",
        "This link opens the same case. It holds no card number and no name. Copy it with the icon there.",
    ),
    "dropped": Text(
        "链接里有这里没有的内容，已忽略：{names}",
        "The link named things that do not exist here; they were left out: {names}",
    ),
    "failed": Text("这一步算不出来：{reason}", "This could not be computed: {reason}"),
    # Entering the case.
    "enter": Text("怎么回事？代码、提示或一句话都行", "What happened? A code, a message, or your own words"),
    "enter_hint": Text("例如：54、请插卡、别人的卡能刷", "e.g. 54, insert card, other cards work"),
    "enter_button": Text("识别", "Recognise"),
    "read_as": Text("“{phrase}”：{meaning}", "“{phrase}”: {meaning}"),
    "read_nothing": Text("没有认出可用的内容，请在下面选择。", "Nothing was recognised; choose below."),
    "suggested": Text("读到这些，对吗？", "This is what was read. Is it right?"),
    "suggested_because": Text("{finding}（“{words}”）", "{finding} (“{words}”)"),
    "suggested_take": Text("采用勾选的", "Enter what is ticked"),
    "suggested_drop": Text("都不采用", "None of these"),
    "unknown_code": Text(
        "代码 {codes}：没有见过这个代码，不作为依据。请核对是否抄对。",
        "Code {codes}: not known here, so it was not used. Please check that it was copied correctly.",
    ),
    "conflict": Text(
        "这段文字有互相矛盾的说法（{names}），请在下面选定。",
        "The text contradicts itself about: {names}. Please choose below.",
    ),
    "approved_title": Text(
        "已有金额获批：先查询，不要重刷", "An amount was approved: look it up, do not charge again"
    ),
    "approved": Text(
        "代码 {codes} 表示交易已批准。先在POS机上查这笔交易，不要再次收款。",
        "Code {codes} means that the payment was approved. Look it up on the terminal; do not charge again.",
    ),
    "approved_words": Text(
        "屏幕上的提示说明交易已成功。先在POS机上查这笔交易，不要再次收款。",
        "The screen says that the payment was approved. Look it up on the terminal; do not charge again.",
    ),
    "approved_dismiss": Text("抄错了", "It was copied wrongly"),
    "known": Text("已知情况", "What is known"),
    "known_none": Text("还没有填写任何情况。", "Nothing is known yet."),
    "remove": Text("删除", "Remove"),
    "details": Text("逐项填写", "All details"),
    "not_known": Text("未知", "not known"),
    "group_count": Text("{title}（已填{count}项）", "{title} ({count} known)"),
    "group_screen": Text("屏幕和小票", "Screen and slip"),
    "group_cards": Text("换卡换机对比", "Other cards, other terminals"),
    "group_card": Text("这张卡", "This card"),
    "group_terminal": Text("这台POS机", "This terminal"),
    "group_network": Text("网络", "Network"),
    "group_bank": Text("银行和收单机构", "Issuer and acquirer"),
    "group_context": Text("背景", "Circumstances"),
    "group_other": Text("其他", "Other"),
    # What it comes to.
    "headline_start": Text(
        "还没有线索。最常见的原因是：{cause}（{percent}）",
        "No clue yet. Most often it is: {cause} ({percent})",
    ),
    "headline_none": Text(
        "多半不是所列的原因（{none}）；所列之中最可能的是：{cause}（{percent}）",
        "Probably none of the listed causes ({none}); the likeliest of them: {cause} ({percent})",
    ),
    "headline_sure": Text("几乎可以确定：{cause}（{percent}）", "Almost certainly: {cause} ({percent})"),
    "headline_likely": Text("很可能是：{cause}（{percent}）", "Probably: {cause} ({percent})"),
    "headline_maybe": Text("最可能是：{cause}（{percent}）", "Most likely: {cause} ({percent})"),
    "headline_open": Text(
        "还不清楚，目前最可能的是：{cause}（{percent}）", "Not clear yet; ahead so far: {cause} ({percent})"
    ),
    "first": Text("先做：{repair}", "First: {repair}"),
    "call": Text("该找谁：{contact}", "Who can help: {contact}"),
    "causes": Text("可能的原因", "Causes"),
    "causes_help": Text(
        "都是“这次失败有它一份”的可能性：浅色是只知道付款失败时，深色是现在。几个原因可以同时起作用，所以加起来不必是100%。",
        "How likely each took part in this failure: pale when only the failure was known, dark now. "
        "Several causes can act at once, so the shares need not add up to 100%.",
    ),
    "before": Text("之前", "before"),
    "now": Text("现在", "now"),
    "none_of_these": Text("以上都不是", "None of these"),
    "none_explain": Text(
        "没有一个列出的原因起作用，是模型没有单列的偶发情况。",
        "No listed cause took part: a chance event that the model does not list.",
    ),
    "more_causes": Text("其余{count}个原因", "More causes: {count}"),
    "questions": Text("接下来问什么", "What to ask next"),
    "questions_help": Text(
        "按“能弄清多少、要花多少”排序。", "Ordered by how much the answer would tell for what it costs."
    ),
    "no_questions": Text("没有还值得问的问题。", "There is nothing left to ask."),
    "dont_know": Text("不知道", "Don't know"),
    "skip": Text("先跳过", "Not now"),
    "other_answer": Text("其他答案", "Another answer"),
    "choose": Text("请选择", "choose"),
    "costs": Text("{price} · 由{who}回答", "{price} · answered by {who}"),
    "skipped": Text("先跳过的问题", "Put off"),
    "not_answered": Text("没人知道的", "Not known"),
    "ask_again": Text("再问：{question}", "Ask again: {question}"),
    "plan": Text("怎么处理", "What to do"),
    "plan_help": Text(
        "从上到下，前一步没解决再做下一步。预计共需{minutes}、{money}，到最后解决的可能性 {percent}。",
        "From the top; take the next step only if the one before did not help. "
        "Expected in all: {minutes}, {money}; solved by the end: {percent}.",
    ),
    "no_step_left": Text(
        "能建议的都试过了，请联系该找的人。",
        "All that could be suggested was tried; call whom it concerns.",
    ),
    "more_steps": Text("再往后{count}步", "More steps: {count}"),
    "compiling": Text(
        "第一次使用，正在编译推理引擎，约需一分钟，以后不用再等。",
        "First use: the engine is being compiled, which takes about a minute, once.",
    ),
    "did_not_help": Text("做了没用", "Did not help"),
    "did_not_help_help": Text(
        "做过了，还是不行：换下一步，原因的可能性也随之改变",
        "It was done and it still fails: the next steps and the causes reckon with it",
    ),
    "tried_help": Text(
        "已试过、没有解决的（上面的都已算进去；这时不再说误差范围）：",
        "Tried and did not help (all above reckons with it; ranges are not told then):",
    ),
    "take_back_tried": Text("其实没做：{repair}", "Not done after all: {repair}"),
    "step": Text("解决的可能性 {percent} · {price} · {who}", "solves it: {percent} · {price} · {who}"),
    "wait": Text("等待约{time}", "then wait about {time}"),
    "workaround": Text("先把钱收到", "To get paid now"),
    "contacts": Text("可以找谁", "Whom to call"),
    "contact_share": Text("问题出在这一方的可能性 {percent}", "chance that it is on their side: {percent}"),
    "explanation": Text("为什么这样判断", "Why this answer"),
    "explanation_help": Text(
        "每条已知情况把“{cause}”推高或压低多少：按所有先后顺序平均，谁先谁后都一样算。1 比特等于胜算翻一倍。",
        "How far each finding raised or lowered “{cause}”, averaged over all orders in which they "
        "could have come. One bit doubles the odds.",
    ),
    "explanation_untried": Text(
        "这里只按所见的情况说，做了没用的没有算进去。",
        "Told of the findings alone: what was done without help is not counted here.",
    ),
    "ledger_line": Text("{bits} 比特", "{bits} bits"),
    "expected": Text("如果真是它，还应看到", "If it is this, you should also see"),
    "for_much": Text("强烈支持", "speaks strongly for it"),
    "for_some": Text("支持", "speaks for it"),
    "for_none": Text("几乎没有影响", "makes hardly any difference"),
    "against_some": Text("不支持", "speaks against it"),
    "against_much": Text("强烈不支持", "speaks strongly against it"),
    "impossible_title": Text("这些情况不可能同时成立", "These findings cannot all be true"),
    "impossible_tried": Text(
        "请核对：{findings}；做了没用的：{repairs}。改正或删除其中一条，就能继续。",
        "Please check: {findings}; done without help: {repairs}. Correct or remove one of them to go on.",
    ),
    "impossible": Text(
        "请核对：{findings}。改正或删除其中一条，就能继续。",
        "Please check: {findings}. Correct or remove one of them to go on.",
    ),
    "impossible_hint": Text("删掉任意一条就说得通：", "Removing one of these makes it fit:"),
    # Numbers.
    "no_time": Text("不花时间", "no time"),
    "free": Text("不花钱", "free"),
    "seconds": Text("{number}秒", "{number} s"),
    "minutes": Text("{number}分钟", "{number} min"),
    "hours": Text("{number}小时", "{number} h"),
    "days": Text("{number}天", "{number} days"),
}
"""What each place of the interface says."""
