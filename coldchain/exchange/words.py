"""The archive's refusals in Chinese, for the sheets of people who read no English. Pure.

field, wrong, cure ─► the sentence of its kind; what has none is given in the archive's own words
"""

import re
from typing import Final

from coldchain.errors import BadInput

# What the archive says, and how it is said in Chinese; the groups are what stands between.
_SENTENCES: Final[tuple[tuple[str, str], ...]] = (
    (r"'(.*)' is not in the archive", "档案中没有“{0}”，请先录入或更正编码"),
    (r"(\S+) '(.*)' is neither in this file nor in the archive", "文件和档案中都没有“{1}”，请补充或更正编码"),
    (r"'(.*)' is unknown", "“{0}”不是已知的值"),
    (r"(\d+) characters are too many", "有 {0} 个字符，太长"),
    (r"'(.*)' holds control characters", "“{0}”含有控制字符，请删除"),
    (r"'(.*)' is empty or taken", "“{0}”为空或已被使用"),
)


def in_chinese(error: BadInput) -> str:
    """A refusal in Chinese."""
    for pattern, sentence in _SENTENCES:
        found = re.fullmatch(pattern, error.wrong)
        if found:
            return sentence.format(*found.groups())
    return f"档案不接受（{error.wrong}；{error.cure}）"
