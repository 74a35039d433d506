"""More words of the page Diagnose: ways in, why a question is asked, how belief moved."""

from __future__ import annotations

from collections.abc import Mapping

from bayesdiag.model import Text

DIAGNOSE_TEXTS: Mapping[str, Text] = {
    "way": Text("怎么录入", "How to enter"),
    "way_guided": Text("一次一问", "One question at a time"),
    "way_free": Text("自由录入", "Everything at hand"),
    "pause": Text("暂不计入：{finding}", "Leave out for now: {finding}"),
    "paused": Text("（暂不计入）{finding}", "(left out) {finding}"),
    "guided_number": Text("已知{count}条", "{count} known so far"),
    "guided_done": Text("不用再问了，可以动手处理。", "No more questions needed: go on to what to do."),
    "guided_back": Text("返回上一步", "Back"),
    "why_question": Text("为什么问这个", "Why this question"),
    "why_value": Text(
        "答案平均能减少 {bits} 比特的疑问。每种回答之后最可能的原因：",
        "The answer takes away {bits} bits of doubt on average. The most likely cause after each answer:",
    ),
    "why_answer": Text(
        "回答“{answer}”（可能性 {p}）：{cause}，{percent}", "“{answer}” ({p} likely): {cause}, {percent}"
    ),
    "why_nothing": Text(
        "回答“{answer}”（可能性 {p}）：没有所列的原因起作用",
        "“{answer}” ({p} likely): no listed cause takes part",
    ),
    "range_name": Text("范围", "range"),
    "range": Text("{low}–{high}", "{low}–{high}"),
    "range_help": Text(
        "“范围”：模型里的数字不准时，现在的可能性有九成把握在其中。",
        "“Range”: where the chance lies, 90% sure, should the model's numbers be off.",
    ),
    "stays_first": Text(
        "即使模型的数字不准，它仍排第一的可能性：{percent}。",
        "Chance that it stays first even if the model's numbers are off: {percent}.",
    ),
    "explaining": Text("正在计算每条情况的分量……", "Weighing every finding…"),
    "timeline": Text("判断是怎么变过来的", "How belief moved"),
    "timeline_help": Text(
        "每加一条情况之后各原因的可能性，从左到右。点“回到这里”，后面的情况都会去掉（可以撤销）。",
        "How likely each cause was after every finding, from left to right. “Back to here” takes all later "
        "findings away; undo brings them back.",
    ),
    "timeline_alt": Text(
        "折线：{n}步里前几个原因的可能性。最后：{last}。",
        "Lines: how likely the first causes were, step by step ({n} in all). At the end: {last}.",
    ),
    "timeline_cause": Text("原因", "Cause"),
    "timeline_now": Text("现在：{finding}", "Now: {finding}"),
    "timeline_start": Text("开始", "Start"),
    "timeline_back": Text("回到这里：{finding}", "Back to here: {finding}"),
}
"""What each place says."""
