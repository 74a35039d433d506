"""The words of the page Model."""

from __future__ import annotations

from collections.abc import Mapping

from bayesdiag.model import Text

MODEL_TEXTS: Mapping[str, Text] = {
    "model_help": Text(
        "模型的全貌：每张卡片是一个变量，横条是它各状态现在的可信度；箭头越粗，影响越强。点一张卡片，或在下面搜索。",
        "The whole model: each card is a variable, its bar the beliefs of its states now; the wider an "
        "arrow, the stronger. Click a card, or search below.",
    ),
    "model_at": Text("找一个变量", "Find a variable"),
    "model_show": Text("看多少", "Show"),
    "model_show_whole": Text("全部", "All"),
    "model_show_around": Text("上下游", "Neighbours"),
    "model_zoom": Text("放大", "Zoom"),
    "model_reach": Text("标出与它相关的", "What depends on it"),
    "model_reach_help": Text(
        "d-分离：在已知情况下，改变它会影响哪些变量。相关的保持清楚，影响沿橙色箭头传递；无关的变淡。",
        "d-separation: which variables may still change with it, given what is known. Influence runs along "
        "the orange arrows; what is independent of it is faint.",
    ),
    "model_to": Text("影响怎样传到", "How it reaches"),
    "model_way": Text("影响的路径：{path}。", "Influence runs {path}."),
    "model_to_none": Text(
        "在已知情况下，“{name}”与“{to}”独立。", "Given what is known, “{name}” and “{to}” are independent."
    ),
    "model_reach_told": Text(
        "已知 {known} 项时，其余 {all} 个变量中有 {count} 个可能与“{name}”相关。",
        "Given what is known ({known} variables), {count} of the other {all} may depend on “{name}”.",
    ),
    "model_reach_known": Text(
        "“{name}”的状态已知，不会再变，所以没有变量与它相关。",
        "The state of “{name}” is known and cannot change, so nothing depends on it.",
    ),
    "model_legend": Text(
        "横条：灰色是第一个状态（原因和环节是正常），蓝色是其他状态；橙色粗框是已知情况，蓝色粗框是选中的。"
        "箭头粗细是影响强度，虚线是没有算出的。",
        "Bars: grey is the first state (the normal one of causes and stages), blue the others. A thick "
        "orange frame is a finding, a thick blue one what you chose. Arrows are as wide as they are strong; "
        "dashed ones were not worked out.",
    ),
    "model_legend_whole": Text("拖动可移动，滚轮可缩放。", "Drag to move, turn the wheel to zoom."),
    "model_legend_around": Text(
        "大卡片上的竖线是还没有任何情况时的可信度。",
        "The upright line on the large card is the belief before any finding.",
    ),
    "model_alt": Text(
        "模型图：{count}个变量、{arrows}个箭头，从左到右是{columns}。选中：{name}。",
        "Picture of the model: {count} variables and {arrows} arrows, from left to right {columns}. "
        "Chosen: {name}.",
    ),
    "model_alt_around": Text(
        "“{name}”和它的{parents}个上游、{children}个下游变量：{belief}。",
        "“{name}” between its {parents} parents and {children} children: {belief}.",
    ),
    "model_nobody": Text("没有", "none"),
    "model_choose": Text(
        "点图上的卡片，或在上面搜索，就能看到一个变量的全部内容。",
        "Click a card, or search above, to read all about one variable.",
    ),
    "model_as_before": Text(
        "图上是还没有任何情况时的可信度。", "The picture shows the beliefs before any finding."
    ),
    "model_unknown": Text("模型里没有“{name}”这个变量。", "The model has no variable “{name}”."),
    "model_too_large": Text("可信度算不出来：{reason}", "Beliefs are not to be had: {reason}"),
    # Kinds of variables.
    "kind_plain": Text("变量", "Variables"),
    "kind_context": Text("情境", "Contexts"),
    "kind_cause": Text("原因", "Causes"),
    "kind_stage": Text("环节", "Stages"),
    "kind_symptom": Text("现象", "Symptoms"),
    "kind_test": Text("测试", "Tests"),
    "kind_one_plain": Text("变量", "variable"),
    "kind_one_context": Text("情境", "context"),
    "kind_one_cause": Text("原因", "cause"),
    "kind_one_stage": Text("环节", "stage"),
    "kind_one_symptom": Text("现象", "symptom"),
    "kind_one_test": Text("测试", "test"),
    # One variable.
    "model_states": Text("状态和可信度", "States and beliefs"),
    "model_more_states": Text("其余{count}个状态", "{count} more states"),
    "model_estimated": Text(
        "模型太大，这里是估计值。", "The model is too large for exact beliefs; these are estimates."
    ),
    "model_finding": Text("已知：{question}", "Known: {question}"),
    "model_unseen": Text(
        "没有人能直接看到“{name}”，所以不能填写，只能推断。",
        "Nobody can see “{name}”, so it cannot be set, only inferred.",
    ),
    "model_clear": Text("取消这条情况", "Clear this finding"),
    "model_parents": Text("上游（它取决于）", "Parents: what it depends on"),
    "model_children": Text("下游（取决于它）", "Children: what depends on it"),
    "model_strength": Text(
        "影响 {percent}，从“{low}”到“{high}”", "moves {percent}, from “{low}” to “{high}”"
    ),
    "model_strength_unknown": Text("影响没有算出", "strength not worked out"),
    "model_strength_help": Text(
        "影响强度：上游换一个状态，下游的概率最多平均移动多少（全变差距离），其余都按模型在没有任何情况时的样子。",
        "Strength: how much of the child's probability moves at most, on average, when the parent changes "
        "its state (total variation), all else as the model has it before any finding.",
    ),
    # Its numbers.
    "model_numbers": Text("它的数字", "Its numbers"),
    "model_when": Text("条件", "When"),
    "model_gives": Text("结果", "Gives"),
    "model_source": Text("出处", "Source"),
    "model_ess": Text("等效样本量", "ess"),
    "model_within": Text("幅度", "within"),
    "model_within_help": Text(
        "等效样本量（ess）：学习时这些数字相当于多少个案例。幅度：真实胜算有九成把握在“写的值÷幅度”到“写的值×幅度”之间。",
        "ess: how many cases the numbers are worth when learning. within: with 90%, the true odds lie "
        "between the stated odds divided by it and multiplied by it.",
    ),
    "model_always": Text("总是", "always"),
    "model_leak": Text("没有任何上游起作用", "without any parent acting"),
    "model_no_source": Text("没有写", "none stated"),
    "model_fixed": Text("固定", "fixed"),
    "model_is_one_of": Text("{variable}：{states}", "{variable}: {states}"),
    "model_or": Text("或", " or "),
    "model_more_lines": Text(
        "共 {count} 行，这里是前 {shown} 行；全部在模型文件里。",
        "The first {shown} of {count} rows; all stand in the model file.",
    ),
    "model_sources": Text("引用的出处", "Sources cited"),
    "form_prior": Text("没有上游：每个状态的概率。", "No parents: the probability of each state."),
    "form_table": Text(
        "概率表：从上往下，第一条成立的行算数。",
        "A table, read from the top: the first row that holds counts.",
    ),
    "form_full": Text(
        "完整的概率表：上游的每种组合一行。",
        "A full table: a row for each combination of the parents' states.",
    ),
    "form_map": Text("上游的每个状态一行。", "A row for each state of the parent."),
    "form_max": Text(
        "噪声取大：每一行是一条独立起作用的连接，结果取最高的；都不起作用时是“{first}”。",
        "Noisy-MAX: each line is a link that acts by itself, and the highest result wins; “{first}” where "
        "none acts.",
    ),
    "form_first": Text(
        "先发生者定：按“{order}”的次序，第一个不在首状态的上游决定结果。",
        "First-active: in the order {order}, the first parent that is not in its first state decides.",
    ),
    # As a table.
    "model_variable": Text("变量", "Variable"),
    "model_kind": Text("种类", "Kind"),
    "model_depends": Text("取决于", "Depends on"),
    "model_now": Text("现在最可能", "Likeliest now"),
    "model_before": Text("之前", "before"),
    "model_connected": Text("与所选变量", "And the one chosen"),
    "model_by_way": Text("相关，经由：{path}", "connected by way of {path}"),
    "model_directly": Text("相关，直接相连", "connected directly"),
    "model_separated": Text("独立", "independent"),
    "model_is_known": Text("已知", "known"),
    "model_is_it": Text("就是它", "itself"),
}
"""What each place of the page says."""
