"""Words about several attempts, in Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping

from bayesdiag.model import Text

ATTEMPT_TEXTS: Mapping[str, Text] = {
    "again": Text("又试了一次，还是失败", "Tried again, failed again"),
    "again_help": Text(
        "同一张卡、同一台POS机再刷一次：刚才看到的现象归到上一次，原因和情境不变。换了卡或机器，请选对应的测试。",
        "The same card at the same terminal once more: what was seen belongs to the attempt before, causes "
        "and circumstances stay. With another card or terminal, choose that test instead.",
    ),
    "again_most": Text(
        "最多记 {count} 次更早的尝试；要再记，先移除一次。",
        "At most {count} attempts before are kept; remove one to add another.",
    ),
    "attempt_before": Text("第{number}次（失败）：{told}", "Attempt {number} (failed): {told}"),
    "attempt_nothing": Text("没有记下现象", "nothing was noted"),
    "attempt_remove": Text("移除这一次", "Remove this attempt"),
    "attempts_left_out": Text(
        "这里只看最近一次刷卡，更早的尝试没有算进去。",
        "Here only the latest attempt counts; those before it are left out.",
    ),
}
