"""The words of the page Tune, in Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping

from bayesdiag.model import Text

TUNE_TEXTS: Mapping[str, Text] = {
    "page_tune": Text("调参", "Tune"),
    "tune_help": Text(
        "用真实案例校准模型里的概率。空白可以有，没确认原因的也能用；每个数字都会说明依据。文件只在本机读取，不保存。",
        "Learn the model's numbers from real cases. Blanks are welcome, and so are cases without a confirmed "
        "cause; every number says where it comes from. The file is read on this machine and not kept.",
    ),
    # Where cases come from.
    "tune_from": Text("案例来自", "Cases from"),
    "tune_from_file": Text("文件", "A file"),
    "tune_from_store": Text("案例库中已结的案例", "Closed cases of the store"),
    "tune_upload": Text(
        "上传 CSV、TSV、Parquet 或 JSON lines 文件", "A CSV, TSV, Parquet or JSON lines file"
    ),
    "tune_wrong": Text("读不了这些案例：{reason}", "These cases cannot be read: {reason}"),
    "tune_none": Text("没有可以学习的案例。", "There is no case to learn from."),
    "tune_foreign": Text(
        "{n}个案例中有{count}个说到这个模型不认识的内容：{names}",
        "Of {n} cases, {count} speak of what this model does not know: {names}",
    ),
    "tune_no_column": Text(
        "还没有一列对应到模型，请在上面的“含义”里选择。",
        "No column is of the model yet; choose what it means above.",
    ),
    # Columns.
    "tune_columns": Text("各列的含义", "What the columns mean"),
    "tune_columns_help": Text(
        "名字相近的已经猜好，请核对。",
        "Names near those of the model are guessed; please check.",
    ),
    "tune_column": Text("列", "Column"),
    "tune_means": Text("含义", "Means"),
    "tune_examples": Text("例如", "For example"),
    "tune_left_out": Text("不使用", "left out"),
    "tune_values": Text("不认识的值", "Values that are no states"),
    "tune_value": Text("{column} 里的“{value}”", "“{value}” in {column}"),
    "tune_weight": Text("代表几个案例", "How many cases it stands for"),
    "tune_when": Text("发生时间", "When it happened"),
    "tune_premise": Text("付款是否失败", "Whether the payment failed"),
    # What is in them.
    "tune_read": Text(
        "读到{n}个案例，其中{labelled}个有确认的原因；{rejected}行不能用。",
        "Cases read: {n}; with a confirmed cause: {labelled}; rows that cannot be used: {rejected}.",
    ),
    "tune_rejects": Text("下载不能用的行和原因", "The rows that cannot be used, with reasons"),
    "tune_known": Text("哪些信息有记录", "What is known"),
    "tune_known_alt": Text(
        "每项信息在多少案例里有记录，按多少排列；最多的是{first}（{share}）。",
        "In how many cases each thing is known, the most often known first: {first} ({share}).",
    ),
    "tune_variable": Text("项目", "Thing"),
    "tune_cases": Text("案例数", "Cases"),
    # Learning.
    "tune_pull": Text("原有数字的分量", "What the present numbers weigh"),
    "tune_pull_ess": Text("按各自注明的案例数", "The cases each says it is worth"),
    "tune_pull_within": Text("按各自注明的范围", "The range each says it is within"),
    "tune_pull_none": Text("不算，只看案例", "Nothing: the cases alone"),
    "tune_pool": Text("各情形互相借数据", "Contexts that borrow from each other"),
    "tune_pool_help": Text(
        "只在所选情形上不同的各行，数据越少越靠近总体行；靠多近由案例决定。",
        "Rows that differ in these alone shrink to one overall row, the more the less they have seen.",
    ),
    "tune_pools": Text("合并组：总体行", "Pools: the overall rows"),
    "tune_pool_row": Text("总体行", "Overall row"),
    "tune_pool_worth": Text("对每一行相当于几个案例", "Worth to each row, in cases"),
    "tune_pool_own": Text("各行自己的案例数", "Rows' own cases"),
    "tune_learn": Text("开始学习", "Learn"),
    "tune_step": Text("第{step}步，对数似然 {value}", "step {step}, log-likelihood {value}"),
    "tune_running": Text("正在准备……", "Getting ready …"),
    "tune_result": Text("结果", "What came of it"),
    "tune_before": Text("原来", "Before"),
    "tune_after": Text("学到", "Learned"),
    "tune_interval": Text("90%区间", "90% interval"),
    "tune_worth": Text("相当于几个完整案例", "Worth, in complete cases"),
    "tune_number": Text("数字", "Number"),
    "tune_changed": Text(
        "{changed}个数字变了（共{count}个），变动大的在前。",
        "Numbers changed: {changed} of {count}, those that moved most first.",
    ),
    "tune_untold": Text(
        "有{count}个数字，这些案例说明不了什么，表中标“？”。",
        "Numbers of which the cases say next to nothing: {count}, marked “?”.",
    ),
    "tune_rejected": Text(
        "有{count}个案例没有用上。第一个：{reason}",
        "Cases not learned from: {count}. The first: {reason}",
    ),
    "tune_unsettled": Text("还没有完全稳定，结果仅供参考。", "It did not quite come to rest."),
    "tune_likelihood": Text("对数似然", "Log-likelihood"),
    "tune_golden": Text("标准案例答对", "Golden cases as expected"),
    "tune_worse": Text(
        "新数字答对的标准案例比原来少：对这么多数字来说，案例可能太少。请保留原模型，或者在上面选“{within}”再学一次。",
        "The new numbers answer fewer golden cases as expected: there may be too few cases for so many "
        "numbers. Keep the old model, or choose “{within}” above and learn again.",
    ),
    "tune_column_out": Text("没有使用的列：{names}", "Columns left out: {names}"),
    "tune_closed": Text("确认的原因排第一", "Confirmed cause first"),
    "tune_of": Text("{part} / {count}", "{part} of {count}"),
    "tune_used": Text("学习用的案例", "Cases learned from"),
    "tune_download": Text("下载新模型", "The new model"),
    "tune_download_help": Text(
        "原文件的注释都保留；每个改动的数字写明来自多少案例、原来是多少。",
        "Comments are kept; every changed number says from how many cases it comes and what it was.",
    ),
    "tune_not_editable": Text(
        "这个模型文件不能就地改写，请用命令行 bayesdiag fit：{reason}",
        "This model file cannot be rewritten in place; use bayesdiag fit: {reason}",
    ),
    "tune_done": Text("学完了", "Learned"),
    "tune_all": Text("所有数字", "All numbers"),
    # Scoring.
    "score_title": Text("现在答得准吗？", "How right is it now?"),
    "score_help": Text(
        "用有确认原因的案例检验现在的模型：诊断时不看答案。",
        "The present model on cases with a confirmed cause; a diagnosis does not see the answer.",
    ),
    "score_look": Text("检验", "Score"),
    "score_none": Text("没有一个案例有确认的原因。", "No case has a confirmed cause."),
    "score_n": Text("检验的案例", "Cases scored"),
    "score_top_1": Text("第一原因说对", "First cause right"),
    "score_top_3": Text("前三个里有", "Among the first three"),
    "score_log_loss": Text("对数损失", "Log loss"),
    "score_log_loss_help": Text(
        "平均 −ln P(确认和排除的结果)；越小越好。",
        "Mean −ln P(what was confirmed and excluded); the lower the better.",
    ),
    "score_reliability_alt": Text(
        "现在的模型说的第一原因的概率，与实际确认的比例，分{bins}档；平均相差{ece}。",
        "What the model says of its first cause, and how often that was confirmed, in {bins} bins; "
        "{ece} apart on average.",
    ),
    # Watching.
    "watch_title": Text("案例还符合模型吗？", "Do cases still come as the model says?"),
    "tune_title": Text("从案例中学习", "Learn from the cases"),
    "watch_help": Text(
        "按时间顺序检查：模型若没错，无论看多少次，误报的概率不超过5%。",
        "Looked at in the order of time: a true model raises an alarm, ever, with probability 5% at most.",
    ),
    "watch_look": Text("检查", "Look"),
    "watch_running": Text("正在检查……", "Looking …"),
    # Reliability.
    "tune_reliability": Text("说的概率准不准", "Is it as often right as it says?"),
    "tune_reliability_alt": Text(
        "新模型说的第一原因的概率，与实际确认的比例，分{bins}档；平均相差{ece}。",
        "What the new model says of its first cause, and how often that was confirmed, in {bins} bins; "
        "{ece} apart on average.",
    ),
    "tune_said": Text("说的概率（%）", "Said (%)"),
    "tune_was": Text("实际比例（%）", "Was so (%)"),
    "tune_bin": Text("档（案例数）", "Bin (cases)"),
    "tune_reliability_help": Text(
        "用的就是学习的那些案例，会偏乐观；要公正的数字请用 bayesdiag score --folds。",
        "These are the cases learned from, which flatters; for fair figures use bayesdiag score --folds.",
    ),
}
