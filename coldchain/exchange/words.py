"""The archive's refusals in Chinese, for the sheets of people who read no English. Pure.

field, wrong, cure ─► the sentence of its kind; what has none is given in the archive's own words
"""

import re
from typing import Final

from coldchain.errors import BadInput

# What the archive says, and how it is said in Chinese; the groups are what stands between.
_SENTENCES: Final[tuple[tuple[str, str], ...]] = (
    # what is not there, or is there twice
    (r"'(.*)' is not in the archive", "档案中没有“{0}”，请先录入或更正编码"),
    (r"(\S+) '(.*)' is neither in this file nor in the archive", "文件和档案中都没有“{1}”，请补充或更正编码"),
    (r"'(.*)' is unknown", "“{0}”不是已知的值"),
    (r"'(.*)' is empty or taken", "“{0}”为空或已被使用"),
    (r"'(.*)' is not 12 digits", "“{0}”不是12位数字"),
    (r"'(.*)' of (.*) is no region of a higher level", "“{1}”的上级“{0}”不是更高一级的区划"),
    (r"'(.*)' has none named '(.*)'", "设备“{0}”没有名为“{1}”的格"),
    (r"there is no document '(.*)'", "没有文档“{0}”，请先上传"),
    (r"there is no compartment (.*)", "没有编号为 {0} 的格，请先录入其设备"),
    # texts and numbers
    (r"(\d+) characters are too many", "有 {0} 个字符，太长"),
    (r"'(.*)' holds control characters", "“{0}”含有控制字符，请删除"),
    (r"it is empty", "不能为空"),
    (r"(.*) cannot be", "{0} 不可能，请更正"),
    (r"(.*) is no number", "{0} 不是数字"),
    (r"(.*) cannot be given", "接种 {0} 剂不可能，请填写1以上的数"),
    (r"(.*) of (.*) cannot be", "{1} 的值 {0} 不可能，请更正"),
    (r"(.*) is out of range", "{0} 超出范围"),
    # days
    (r"'(.*)' is no day", "“{0}”不是日期，请写 2026-07-03"),
    (r"(.*) has not been yet", "{0} 尚未到来，请更正"),
    (r"it has not been yet", "时间尚未到来，请更正"),
    (r"it has not happened yet", "尚未发生，请填写实际时间"),
    (r"(.*) is before its approval on (.*)", "有效期 {0} 早于批准日期 {1}，请更正其一"),
    (r"(.*) is not after its start", "{0} 不晚于开始时间，请更正"),
    (r"(.*) is not after (.*), when (.*) was made", "效期 {0} 不晚于生产日期 {1}，请对照包装更正"),
    (r"(.*) is before (.*)", "{0} 早于 {1}，请更正"),
    # facilities and people
    (r"'(.*)' has not 12 digits", "“{0}”不是12位国家编码"),
    (r"(\d+) of (\d+) are certified", "持证人员 {0} 名多于人员总数 {1} 名"),
    (r"(.*) is the code of both (.*) and (.*)", "{1} 与 {2} 的国家编码同为 {0}，请更正其一"),
    (r"(.*) lies nowhere on earth", "{0} 的经纬度不存在，请更正"),
    (r"'(.*)' is no address", "“{0}”不是邮箱地址"),
    (r"'(.*)' is no phone number", "“{0}”不是电话号码"),
    (r"'(.*)' is somebody else at (.*)", "{1} 已有另一位“{0}”，请写明区别"),
    (r"'(.*)' is the login of (.*) at (.*)", "账号“{0}”属于 {2} 的 {1}"),
    (r"'(.*)' is no user", "没有账号“{0}”"),
    (r"(.*) is at (.*)", "{0} 在 {1}，请在那里登记并办理交接"),
    (r"(.*) has left", "{0} 已离岗，请换名录入或更正"),
    (r"(.*) is (\S+) of (\S+) (.*)", "{0} 已任 {2} 的岗位 {1}（{3}），请先结束或交接"),
    (r"(.*) is closed", "{0} 已停业，请选择正常运转的单位"),
    # equipment
    (r"(.*) holds (.*) since then", "{0} 内仍存放 {1}，请先移出"),
    (r"(.*) still stand at (.*)", "{0} 仍在 {1}，请先调出或报废"),
    (r"it has hours without a source", "保温时间没有来源，请填写目录或说明书"),
    (r"it is not scrapped", "设备未报废，不能有报废日期"),
    (r"nobody says why", "没有写明原因"),
    (r"(.*) was scrapped", "{0} 已报废，请选择在用设备"),
    (r"(.*) has gone elsewhere", "{0} 已迁出，请选择在用设备"),
    (r"(.*) is for (.*), not for vaccine", "{0} 不是存放疫苗的格"),
    (r"'(.*)' is not at (.*)", "设备“{0}”不在 {1}，请填写该单位的设备"),
    (r"(.*) has no compartment for vaccine", "{0} 没有存放疫苗的格，请先录入设备"),
    # lots and stock
    (r"'(.*)' may be (.*)", "“{0}”可能是 {1}，请填写其中之一"),
    (r"(.*) may be (.*)", "“{0}”可能是 {1}，请写全称"),
    (r"'(.*)' is the number of (.*)", "批号“{0}”有多个批次：{1}，请同时填写疫苗和企业"),
    (r"(.*) expires on (.*) in the archive, here on (.*)", "批号 {0} 档案中效期为 {1}，此处为 {2}，请核对包装"),
    (r"no number is given", "没有数量，请填写人份或支数"),
    (r"it may lie in (.*)", "可能存放于 {0}，请填写“存放位置”"),
    (r"'(.*)' of (.*) by (.*) is (.*) already", "{2} 的 {1} 批号“{0}”已录入为 {3}"),
    (r"'(.*)' cannot be used", "“{0}”不能作为编号，只用字母、数字、点、下划线和短横"),
    (r"'(.*)' is no traceability code", "“{0}”不是追溯码，请写20位数字或前7位以上"),
    (r"'(.*)' is no GTIN", "“{0}”不是商品条码，请核对校验位"),
    (r"(.*) expired with (.*)", "{0} 已于 {1} 过期，请贴隔离标识并按规定处理"),
    (r"(.*) holds (\d+) doses of (.*) at (.*), not (\d+)", "{0} 在 {3} 只有 {2} 的 {1} 剂，不足 {4} 剂"),
    (
        r"(\d+) of the (\d+) doses of (.*) in (.*) wait for the papers of their delivery",
        "{3} 中 {2} 的 {1} 剂有 {0} 剂待补收货资料，不能出库",
    ),
    (
        r"(\d+) of the (\d+) doses of (.*) in (.*) are kept there for another facility",
        "{3} 中 {2} 的 {1} 剂有 {0} 剂为其他单位代管",
    ),
    (r"(\d+) of (?:the|its) (\d+) doses (.*) under hold.*", "{1} 剂中有 {0} 剂被封存，不能使用"),
    (r"(.*) holds (.*)", "{0} 内存放着 {1}，请先移出"),
    # doses given, and strips of loggers
    (r"nobody says so", "没有写明数据来源"),
    (r"two rows are of the same lot, facility, day and source", "同一批次、单位、日期和来源有两行，请先合并"),
    (r"(.*) °C (?:cannot be|was measured by nobody)", "{0} °C 不可能，请更正"),
    (r"more than seven days are no journey", "时间超过七天，请核对"),
    (r"nobody signed", "没有签名"),
    (r"(.*) vouched for (.*) to (.*)", "{0} 已对 {1} 至 {2} 签字作证，请先撤回或更正时间"),
    (r"nothing was looked at", "没有任何观察记录，请填写温度或冰排状态"),
)


def in_chinese(error: BadInput) -> str:
    """A refusal in Chinese."""
    for pattern, sentence in _SENTENCES:
        found = re.fullmatch(pattern, error.wrong)
        if found:
            return sentence.format(*found.groups())
    return f"档案不接受（{error.wrong}；{error.cure}）"
