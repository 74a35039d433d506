"""The words of the page a customer's link opens, and of making such a link, in Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping

from bayesdiag.model import Text

CUSTOMER_TEXTS: Mapping[str, Text] = {
    # On the customer's telephone.
    "customer_title": Text("刷卡失败，一步步查", "Card failed? Step by step"),
    "customer_hello": Text(
        "请站在POS机旁回答，一次一题。不要填写卡号、姓名或密码。",
        "Answer at the terminal, one question at a time. Do not enter card numbers, names or PINs.",
    ),
    "customer_number": Text("第{number}题", "Question {number}"),
    "customer_dont_know": Text("不知道", "Don't know"),
    "customer_other": Text("都不是，看其他选项", "None of these: show the others"),
    "customer_back": Text("上一步", "Back"),
    "customer_enough": Text("不再回答，看建议", "Stop here and see what to do"),
    "customer_more": Text("继续回答", "Answer more"),
    "customer_dropped": Text(
        "链接里有一部分看不懂，已忽略。", "A part of this link could not be read and was left out."
    ),
    "customer_failed": Text(
        "现在算不出建议。请把下面的内容发回给客服。",
        "No advice can be given just now. Please send the text below back to whoever helps you.",
    ),
    "customer_impossible_title": Text("有两个回答对不上", "Two of the answers do not fit together"),
    "customer_impossible": Text(
        "请点“上一步”再看一下，或把下面的内容发回给客服。",
        "Please go back and look again, or send the text below back to whoever helps you.",
    ),
    "customer_solved_title": Text("好了，能刷了", "It works again"),
    "customer_solved": Text(
        "先查之前那一笔是否已成功，不要重复收款。",
        "Look up first whether the earlier payment went through; do not charge twice.",
    ),
    "customer_do": Text("现在怎么做", "What to do now"),
    "customer_do_help": Text(
        "从上到下，前一步没解决再做下一步。",
        "From the top; take the next step only if the one before did not help.",
    ),
    "customer_do_nothing": Text(
        "现在没有您自己能做的，请联系下面的人。",
        "There is nothing you can do yourself now; please call the contact below.",
    ),
    "customer_call": Text("联系谁", "Whom to call"),
    "customer_call_none": Text(
        "请把下面的内容发回给客服。", "Please send the text below back to whoever helps you."
    ),
    "customer_call_next": Text("或者：{contact}", "Or: {contact}"),
    "customer_send": Text("发回给客服", "Send this back"),
    "customer_send_help": Text(
        "复制下面的文字，发回给发链接的人。里面没有卡号或姓名。",
        "Copy the text below and send it to whoever gave you the link. It holds no card number and no name.",
    ),
    "customer_send_known": Text(
        "文字里只有您的回答；链接里还带着客服事先填好的情况。",
        "The text tells only your answers; its link also holds what the help desk had entered before.",
    ),
    "customer_copy": Text("复制", "Copy"),
    "customer_copied": Text("已复制", "Copied"),
    "customer_send_head": Text("刷卡失败，我的回答：", "Card payment failed; my answers:"),
    # On the page Diagnose.
    "customer_link": Text("客户链接", "Customer link"),
    "customer_link_here": Text(
        "这个网址只有这台电脑能打开；要发给别人，请用别人能打开的网址访问本应用，或设置环境变量 {variable}。",
        "Only this computer can open this address; to send it, open the app by an address others can "
        "reach, or set the environment variable {variable}.",
    ),
    "customer_link_help": Text(
        "把链接发给商户，在手机上打开：一次一题，只问商户能回答的，最后告诉他怎么做、找谁。"
        "看不到概率、备注、姓名和案例库。",
        "Send this link to the merchant, to open on a phone: one question at a time, only what a "
        "merchant can answer, and in the end what to do and whom to call. No probabilities, notes, names or "
        "kept cases are shown there.",
    ),
    "customer_with": Text("链接里", "The link"),
    "customer_with_case": Text("带上已知情况", "carries what is known"),
    "customer_with_none": Text("从头问起", "starts empty"),
    "customer_reply": Text("粘贴商户发回的文字或链接", "Paste what the merchant sent back"),
    "customer_reply_take": Text("读入回答", "Take the answers"),
    "customer_reply_done": Text("读入了{count}条商户的回答。", "Answers of the merchant taken: {count}."),
    "customer_reply_none": Text(
        "里面没有客户链接，什么都没有改。", "There is no customer link in it; nothing was changed."
    ),
    "customer_reply_lost": Text(
        "链接里有这里没有的内容，已忽略：{names}",
        "The link named things that do not exist here; they were left out: {names}",
    ),
}
"""What each place says."""
