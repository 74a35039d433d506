"""The words of keeping cases and of the pages of stored ones, in Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping

from bayesdiag.model import Text

CASE_TEXTS: Mapping[str, Text] = {
    # How sure, and who said so.
    "sources": Text("有多大把握，谁说的", "How sure, and who says so"),
    "sources_help": Text(
        "把握越低，这条情况的分量越轻；100%是确定。", "The less sure, the less it weighs; 100% is certain."
    ),
    "source_sure": Text("把握：{finding}", "How sure: {finding}"),
    "source_who": Text("谁说的：{finding}", "Said by: {finding}"),
    "source_nobody": Text("没有记下", "not noted"),
    # Keeping a case.
    "keep": Text("存入案例库", "Keep this case"),
    "keep_help": Text(
        "保存已知情况（谁说的、什么时候、多大把握）、问答经过、当前诊断和模型版本。卡号等敏感号码存之前就会遮住。",
        "Keeps what is known (who said it, when, how sure), the dialogue, the diagnosis as it is shown "
        "and the model's version. Card numbers and the like are masked before anything is stored.",
    ),
    "case_id": Text("工单号（可不填）", "Ticket number (may stay empty)"),
    "id_is_number": Text(
        "这个工单号像卡号或电话号码，这样的号码从不保存。请换一个，或留空。",
        "This looks like a card or telephone number, and such numbers are never kept. Give another, or none.",
    ),
    "writer": Text("您的名字", "Your name"),
    "note": Text("备注", "Note"),
    "keep_button": Text("保存", "Keep"),
    "kept": Text("已存入案例库：{id}", "Kept as {id}"),
    "saved": Text("{id} 已保存，第{version}版", "{id} saved, version {version}"),
    "bound": Text("案例 {id}（{status}）", "Case {id} ({status})"),
    "unsaved": Text("有{count}处改动还没有保存", "{count} changes not saved yet"),
    "unsaved_one": Text("有1处改动还没有保存", "1 change not saved yet"),
    "all_saved": Text("已全部保存", "all saved"),
    "save": Text("保存改动", "Save changes"),
    "show_case": Text("在案例库中查看", "Show in Cases"),
    "opened_unknown": Text(
        "现在的模型里没有，或这里不问的，照旧留在案例库里：{names}。",
        "Not known to the model of today, or not asked here; it stays in the store as it is: {names}.",
    ),
    "opened_rounded": Text(
        "这几条的把握原来记得更细，这里只显示最可能的一种：{names}。",
        "Told in finer shades than this page has; only the likeliest is shown: {names}.",
    ),
    "stale_title": Text("别人刚刚改过这个案例", "Somebody else changed this case meanwhile"),
    "stale": Text(
        "您的改动没有保存，也没有丢。对方写了：", "Nothing of yours was stored, or lost. They wrote:"
    ),
    "stale_line": Text("{by}（{at}）：{what}", "{by} ({at}): {what}"),
    "stale_mine": Text("把我的改动加到新版上", "Put mine on top of theirs"),
    "stale_theirs": Text("放弃我的，打开新版", "Drop mine, open theirs"),
    "stale_again": Text(
        "下面已是最新版。请核对后再提交一次。",
        "Below is the case as it is now. Look at it, then submit again.",
    ),
    # Trouble with the store.
    "store_trouble": Text("案例库有问题", "Trouble with the case store"),
    "store_missing": Text(
        "还没有案例库。在诊断页点“存入案例库”，就会自动建立。",
        "Nothing is kept yet. “Keep this case” on the Diagnose page makes a store.",
    ),
    "store_locked": Text(
        "另一个程序一直在写案例库。这次没有存；请稍后再试。",
        "Another program has been writing to it all the time. Nothing was stored this time; try again soon.",
    ),
    "store_read_only": Text(
        "案例库只能读，不能写。这次没有存；请取得写权限，或换一个案例库。",
        "The store can be read, not written. Nothing was stored; ask for write access, or use another store.",
    ),
    "store_full": Text(
        "磁盘满了。这次没有存，以前存的都在；请腾出空间再试。",
        "The disk is full. Nothing was stored this time; what was stored is safe. Make room, then repeat.",
    ),
    "store_damaged": Text(
        "这个文件不是案例库，或者已损坏；没有动它。请换一个，或恢复备份。",
        "This file is no case store, or it is damaged; it was left alone. Use another, or restore a backup.",
    ),
    "store_not_open": Text(
        "案例库文件打不开。请检查文件名、文件夹和权限。",
        "The file cannot be opened. Check its name, its folder, and your rights.",
    ),
    "store_unreadable": Text(
        "读写磁盘出错。请检查磁盘后再试。",
        "The disk failed while reading or writing. Check it, then try again.",
    ),
    "store_unreachable": Text(
        "连不上数据库服务器，或者它不让登录。请检查地址、用户和密码。",
        "The database server cannot be reached, or refused the login. Check address, user and password.",
    ),
    "store_taken": Text(
        "已经有这个工单号的案例了。请换一个；或者在案例库里打开那个案例，接着填。",
        "There is a case with this number already. Give another, or open that one in Cases and go on.",
    ),
    "store_fault": Text("没有保存：{reason}", "Nothing was stored: {reason}"),
    "unknown_case": Text(
        "案例库里没有这个案例，或已彻底删除。", "No case has this id, or it was erased for good."
    ),
    # The list.
    "find": Text("搜索备注、人名、编号、原因", "Search notes, names, ids, causes"),
    "find_status": Text("状态", "Status"),
    "status_all": Text("全部", "all"),
    "status_open": Text("未结", "open"),
    "status_closed": Text("已结", "closed"),
    "found_cases": Text("{count}个案例", "{count} cases"),
    "found_one": Text("1个案例", "1 case"),
    "found_none": Text("没有符合的案例。", "No case fits."),
    "shown_of": Text("显示最近改动的{shown}个，共{count}个", "The {shown} changed last, of {count}"),
    "more": Text("再多显示一些", "Show more"),
    "confirmed_cause": Text("已确认：{cause}", "confirmed: {cause}"),
    "first_cause": Text("最可能：{cause}", "most likely: {cause}"),
    "no_first_cause": Text("没有诊断", "no diagnosis"),
    "changed": Text("{at} 改动", "changed {at}"),
    "handled_by": Text("处理人：{who}", "handled by {who}"),
    "export": Text("导出（JSON lines）", "Export (JSON lines)"),
    "export_help": Text(
        "符合条件的案例，每行一个，带全部经过；可用 bayesdiag cases import 读回，也可用来学习。",
        "The cases found, one a line with its whole history; bayesdiag cases import reads them back, "
        "and a model can learn from them.",
    ),
    # One case.
    "back_to_list": Text("返回列表", "Back to the list"),
    "open_in_diagnose": Text("在诊断页打开", "Open in Diagnose"),
    "copy_summary": Text("复制摘要", "Copy summary"),
    "copy_help": Text(
        "贴进工单用。点右上角图标复制。", "For the ticket. Copy it with the icon in its corner."
    ),
    "download": Text("报告", "Report"),
    "download_html": Text("网页（可打印）", "Web page (to print)"),
    "download_pdf": Text("PDF", "PDF"),
    "download_line": Text("JSON", "JSON"),
    "add_note": Text("加备注", "Add a note"),
    "add_tried": Text("记录处理", "Repair tried"),
    "tried_what": Text("做了什么", "What was done"),
    "tried_outcome": Text("结果", "Outcome"),
    "hand_over": Text("移交", "Hand over"),
    "hand_over_to": Text("交给谁", "To whom"),
    "close": Text("结案", "Close"),
    "close_help": Text(
        "确认的原因会用来检验和改进模型；不知道就空着。",
        "Confirmed causes test and teach the model; leave it empty where nobody knows.",
    ),
    "close_causes": Text("确认的原因（可多个）", "Confirmed causes (there may be several)"),
    "close_excluded": Text("查过、不是它", "Checked, and not it"),
    "close_minutes": Text("花了多少分钟", "Minutes it took"),
    "close_money": Text("花了多少钱（{currency}）", "What it cost ({currency})"),
    "reopen": Text("重新打开", "Reopen"),
    "reopen_help": Text(
        "又出现了？原先确认的原因留在经过里，不再算数。",
        "It failed again? What was confirmed stays in the history, and no longer counts.",
    ),
    "submit": Text("提交", "Submit"),
    "done_noted": Text("备注已保存", "The note is kept"),
    "done_tried": Text("处理已记录", "The repair is recorded"),
    "done_handed_over": Text("已交给 {who}", "Handed over to {who}"),
    "done_closed": Text("已结案", "Closed"),
    "done_reopened": Text("已重新打开", "Reopened"),
    "say_something": Text("请先填写。", "Please fill it in first."),
    "both_ways": Text(
        "同一个原因不能既确认又排除：{causes}", "A cause cannot be both confirmed and ruled out: {causes}"
    ),
    "beside": Text("和另一个案例对比", "Compare with another case"),
    "beside_none": Text("不对比", "no comparison"),
    "facts": Text("概要", "In short"),
    "differs": Text("不同", "differs"),
    "same_in_both": Text("相同", "same"),
    "difference_head": Text("相同吗", "Same?"),
    # The lead's page.
    "lead_help": Text(
        "案例库里的案例合起来看：是什么原因、什么时候、多久、问了多少、停在哪里。",
        "The stored cases taken together: which causes, when, how long, how many questions, where they end.",
    ),
    "lead_days": Text("登记时间", "Opened"),
    "days_all": Text("全部时间", "all time"),
    "days_some": Text("最近{days}天", "last {days} days"),
    "lead_n": Text("案例", "Cases"),
    "lead_open": Text("未结", "Open"),
    "lead_confirmed": Text("已确认原因", "Cause confirmed"),
    "lead_first": Text("首位就是它", "First was right"),
    "lead_first_help": Text(
        "已确认原因的案例里，最后一次诊断排第一的正是它的比例。",
        "Of the cases with a confirmed cause, those whose last diagnosis had it first.",
    ),
    "lead_hours": Text("结案用时（中位）", "Time to close (median)"),
    "lead_questions": Text("问题数（中位）", "Questions (median)"),
    "lead_price": Text("每个已结案例平均：{price}", "A closed case took on average: {price}"),
    "of_count": Text("{part}/{count}", "{part} of {count}"),
    "as_table": Text("看表格", "As a table"),
    "lead_none": Text("这段时间没有案例。", "There is no case in this time."),
}
"""What each place says that has to do with stored cases."""
