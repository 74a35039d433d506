"""The words of the page Policies, in Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping

from bayesdiag.model import Text

POLICY_TEXTS: Mapping[str, Text] = {
    "page_policies": Text("策略", "Policies"),
    "policies_help": Text(
        "会问问题值多少：从这个模型抽出案例，同样的案例、同样的运气，用几种策略各走一遍，直到解决或转交。"
        "费用是工时、等待和花钱，按模型的价格折算。",
        "What asking well is worth: cases are drawn from this model, and the same cases, with the same luck, "
        "are gone through in several ways until solved or handed over. Cost is work, waiting and money by "
        "the model's prices.",
    ),
    "policies_n": Text("案例数", "Cases"),
    "policies_seed": Text("种子", "Seed"),
    "policies_seed_help": Text("同一个种子抽出同样的案例。", "The same seed draws the same cases."),
    "policies_perturb": Text("模型的数字有偏差", "The model's numbers are off"),
    "policies_perturb_help": Text(
        "案例来自20套有偏差的数字，每个数字在它的 within 范围内变动；各种策略仍相信模型原来的数字。",
        "Cases come from 20 sets of numbers that are off, each within its own `within`; "
        "policies still believe the model's own.",
    ),
    "policies_slow": Text("也比较两种慢的策略", "Also the two slow policies"),
    "policies_slow_help": Text(
        "搜索最好的固定顺序，以及多看一步的决策论：要好几分钟。",
        "The best fixed order, which is searched for, and looking one step further: several minutes.",
    ),
    "policies_run": Text("比较", "Compare"),
    "policies_stop": Text("停止", "Stop"),
    "policies_running": Text("正在模拟……", "Simulating …"),
    "policies_done": Text("{n}个案例，种子{seed}，{basis}", "cases: {n}; seed {seed}; {basis}"),
    "policies_own": Text("模型自己的数字", "the model's own numbers"),
    "policies_off": Text("有偏差的数字", "numbers that are off"),
    "policies_share": Text(
        "决策论的费用是用户文档固定顺序的 {share}（95%区间 {low}–{high}）",
        "Decision-theoretic costs {share} of the fixed order of the FAQ (95% interval {low}–{high})",
    ),
    "policies_share_best": Text(
        "决策论的费用是最好的固定顺序的 {share}（95%区间 {low}–{high}）",
        "Decision-theoretic costs {share} of the best fixed order found (95% interval {low}–{high})",
    ),
    "policies_share_asks": Text(
        "决策论的费用是只修不问的 {share}（95%区间 {low}–{high}）",
        "Decision-theoretic costs {share} of repairing without asking (95% interval {low}–{high})",
    ),
    "policies_no_faq": Text(
        "这个模型没有 faq_order，所以没有用户文档的固定顺序可比。",
        "This model has no `faq_order`, so there is no fixed order of a document to compare with.",
    ),
    "policies_few": Text(
        "案例少，区间很宽；要更准，多抽一些。", "Few cases, wide intervals; draw more to know more."
    ),
    "policies_one": Text("只有一个案例，没有区间可言。", "With a single case there is no interval."),
    "policies_lacking_causes": Text(
        "这个模型没有要诊断的原因，没有什么可比。",
        "This model has no causes to diagnose, so there is nothing to compare.",
    ),
    "policies_lacking_last_resort": Text(
        "缺一个 last_resort: true 的处理办法：解决不了时交给谁、花多少。",
        "What is missing: a repair with `last_resort: true`, for what is not solved, with its price.",
    ),
    "policies_lacking_actions": Text(
        "缺可以试的处理办法：请写明它修什么（fixes）、要花多少，而且比转交便宜。",
        "What is missing: repairs to try, with what they fix (`fixes`) and a price below handing over.",
    ),
    "policies_cost": Text("平均费用（{currency}）", "Mean cost ({currency})"),
    "policies_cost_alt": Text(
        "平均每个案例：{least} {least_cost}最低，{first} {first_cost}，{most} {most_cost}最高。",
        "Mean cost of a case: {least} {least_cost} is the least, {first} {first_cost}, {most} {most_cost} "
        "the most.",
    ),
    "policies_interval": Text("95%区间", "95% interval"),
    "policies_policy": Text("策略", "Policy"),
    "policies_mean": Text("平均费用", "Mean cost"),
    "policies_extra": Text("比决策论多", "Over decision-th."),
    "policies_minutes": Text("工时（分）", "Minutes"),
    "policies_questions": Text("提问", "Questions"),
    "policies_wrong": Text("误修", "Wrong repairs"),
    "policies_handed": Text("转交", "Handed over"),
    "policies_table_help": Text(
        "±是95%区间的一半；“比决策论多”按同一案例配对相减。误修：修了没有参与失败的东西。"
        "“全知”事先知道原因和每一步的结果，没有策略能更省；“按 p/c”先做可能性除以费用最大的处理。",
        "± is half of a 95% interval; the difference is taken case by case. A wrong repair is one of "
        "something that took no part in the failure. “Knows everything” is told the causes and how every try "
        "ends: no policy can cost less. “By p/c” repairs first what is likeliest for its cost.",
    ),
    "policies_left_out": Text("没有算进去的", "What is left out"),
    "policies_out_prevention": Text("预防下次的建议：{names}", "Advice against the next failure: {names}"),
    "policies_out_workaround": Text("变通办法：{names}", "Workarounds: {names}"),
    "policies_out_no_effect": Text("没有写修什么的：{names}", "Said to fix nothing: {names}"),
    "policies_out_no_price": Text("没有价格的：{names}", "Without a price: {names}"),
    "policies_out_dear": Text("不比转交便宜的：{names}", "Not cheaper than handing over: {names}"),
    "policies_out_is_repair": Text(
        "本身就在处理的测试，算作那项处理办法：{names}",
        "Tests that do a repair on the way, which stand as that repair: {names}",
    ),
    "policies_out_slow": Text("这次没有比的：{names}", "Not compared this time: {names}"),
    "policies_out_always": Text(
        "答案都是失败那一次的，处理之后再问也一样；打开一次、多处受益的费用没有合并；案例来自模型，不是真实记录。",
        "Answers are those of the attempt that failed, also when asked after a repair; what is opened once "
        "for several steps is not shared; cases come from the model, not from records.",
    ),
    "policies_json": Text("下载 JSON", "Download JSON"),
    "policies_csv": Text("下载 CSV", "Download CSV"),
}
"""What each place says."""
