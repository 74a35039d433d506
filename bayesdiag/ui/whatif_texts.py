"""The words of the page What-if."""

from __future__ import annotations

from collections.abc import Mapping

from bayesdiag.model import Text

WHATIF_TEXTS: Mapping[str, Text] = {
    "whatif_help": Text(
        "A是诊断页上的案例，B和C从它复制而来。改动它们，看结论怎么变；链接会带上全部改动。",
        "A is the case of the Diagnose page; B and C start as its copies. Change them and see what moves; "
        "the link carries it all.",
    ),
    "whatif_tried": Text(
        "做了没用的：{repairs}。原因和提问已算进去；动手之后会怎样、“再看看”只按所见的情况说。",
        "Done without help: {repairs}. Causes and questions reckon with it; what acting would do and the "
        "closer looks are told of the findings alone.",
    ),
    "no_causes": Text("模型里没有原因会参与失败。", "No cause of this model can take part in a failure."),
    "case_a": Text("A：现在的案例", "A: the case as it is"),
    "scenario": Text("{side}：假设", "{side}: what if"),
    "scenario_open": Text("再加一个假设C", "One more: C"),
    "sureness": Text("{side} 的把握：{question}", "How sure in {side}: {question}"),
    "sureness_help": Text(
        "100%是确定；越低，这条情况的分量越轻。", "100% is certain; the lower, the less it weighs."
    ),
    "add": Text("给{side}添一条情况", "Add a finding to {side}"),
    "reset": Text("{side}恢复为A", "Make {side} the same as A"),
    "asked_in": Text("{side}：{question}", "{side}: {question}"),
    "same": Text(
        "B的原因和A一样。改动上面任意一条看看；“先做什么再刷一次”只影响下一次，见下面。",
        "The causes are the same in B as in A. Change something above; what is done changes the next attempt "
        "only, see below.",
    ),
    "moves": Text("什么变了", "What moves"),
    "moves_help": Text(
        "每条的上面是A（空心），下面是各个假设；数字是它参与这次失败的可能性。",
        "On top A, hollow; below it each scenario. The numbers say how likely the cause took part.",
    ),
    "cause": Text("原因", "Cause"),
    "difference_of": Text("{side} − A（百分点）", "{side} − A (pts)"),
    "next_question": Text("最值得问", "Best next question"),
    "worth": Text("{bits} 比特 · {price}", "{bits} bits · {price}"),
    "impossible_side": Text("{side}：这些情况不可能同时成立。", "{side}: these findings cannot all be true."),
    # Numbers of the model.
    "number_variable": Text("给{side}改模型里的数字", "Move a number of the model in {side}"),
    "number_which": Text("{side}：哪个数字", "{side}: which number"),
    "number_slider": Text("{side}：{number}的概率", "{side}: probability of {number}"),
    "number_own": Text("模型写的是 {p}（▲），出处：{source}", "The model says {p} (▲). Source: {source}"),
    "number_no_source": Text("没有", "none"),
    "number_back": Text("改回 {p}", "Back to {p}"),
    # Acting.
    "do_what": Text("{side}：先做什么再刷一次", "{side}: what is done before trying again"),
    "do_state": Text("{side}：让“{variable}”变成", "{side}: put “{variable}” into"),
    "do_running": Text("正在推算下一次会怎样……", "Working out the next attempt …"),
    "do_result": Text(
        "{side}：做了{what}再刷，成功的可能性是 {do}；什么都不做再刷是 {nothing}。"
        "如果只是发现它本来就这样，是 {see}。",
        "{side}: chance that the next attempt succeeds: {do} after {what}; {nothing} without doing anything. "
        "Had it merely turned out to be so: {see}.",
    ),
    "do_aside": Text(
        "做了以后，这些情况说的是以前，不再算数：{findings}",
        "Once done, these speak of how it was and no longer count: {findings}",
    ),
    # Looks at one case.
    "look": Text("再看看", "Look closer"),
    "look_at": Text("看什么", "What to look at"),
    "look_side": Text("看哪一个", "Which case"),
    "look_cause": Text("哪个原因", "Which cause"),
    "look_mind": Text("什么会改变结论", "What would change my mind"),
    "look_goal": Text("怎样才能确定", "What would settle it"),
    "look_tornado": Text("哪些数字最要紧", "Which numbers matter"),
    "mind_none": Text(
        "改动或新增一两条情况，都不会让别的原因排到第一。",
        "Neither changing findings nor one new answer would put another cause first.",
    ),
    "goal_least": Text("要达到多大可能", "To reach"),
    "goal_none": Text("没有一个答案能做到。", "No single answer would do it."),
    "goal_pairs": Text("也看两个答案合起来", "Look at two answers together too"),
    "goal_answers": Text("如果得知", "If it turns out that"),
    "goal_p": Text("就会是", "it has"),
    "goal_chance": Text("得知的可能性", "which happens with"),
    "goal_numbers": Text(
        "模型的哪个数字改了也能做到（改动最小的在前）",
        "Numbers of the model that alone would do it, the smallest change first",
    ),
    "goal_all": Text("只跟进了最有希望的几个答案。", "Only the most promising answers were followed up."),
    "tornado_help": Text(
        "每条横杠是一个数字：它在自己的可信范围（九成）内从低变到高时，“{cause}”的可能性从哪里到哪里。"
        "竖线是现在的 {p}。",
        "Each bar is one number of the model: as it goes from the low to the high end of its own 90% range, "
        "“{cause}” goes from one end of the bar to the other. The line is {p}, as it is now.",
    ),
    "tornado_low": Text("数字取低值时", "number at its low end"),
    "tornado_high": Text("数字取高值时", "number at its high end"),
    "tornado_none": Text("没有哪个数字能明显改变它。", "No number of the model moves it noticeably."),
    "and": Text("，并且", " and "),
}
"""What each place of the page says."""
