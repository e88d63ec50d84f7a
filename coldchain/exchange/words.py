"""The archive's refusals in Chinese, for the sheets of people who read no English. Pure.

field, wrong, cure ─► the sentence of its kind; what has none is given in the archive's own words
"""

import re
from typing import Final

from coldchain.errors import BadInput

# What the archive says, and how it is said in Chinese; the groups are what stands between.
_SENTENCES: Final[tuple[tuple[str, str], ...]] = (
    # what is not there, or is there twice
    (r"(.*) of (.*) stands at (.*)", "网关 {0} 已登记在 {2}，不能同时登记在 {1}"),
    (r"'(.*)' of (.*) is not in the archive", "档案中没有“{0}”（{1} 所填），请先录入或更正编码"),
    (r"'(.*)' is not in the archive", "档案中没有“{0}”，请先录入或更正编码"),
    (r"(\S+) '(.*)' is neither in this file nor in the archive", "文件和档案中都没有“{1}”，请补充或更正编码"),
    (r"'(.*)' is unknown", "“{0}”不是已知的值"),
    (r"'(.*)' is empty or taken", "“{0}”为空或已被使用"),
    (r"'(.*)' is not 12 digits", "“{0}”不是12位数字"),
    (r"'(.*)' of (.*) is no region of a higher level", "“{1}”的上级“{0}”不是更高一级的区划"),
    (r"'(.*)' has none named '(.*)'", "设备“{0}”没有名为“{1}”的格"),
    (r"(\S+) has none", "{0} 未填写，请对照包装填写"),
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
    (r"(.*) was made on (.*), after it came", "{0} 的生产日期 {1} 晚于到货，请更正"),
    (
        r"(.*) is more than (\d+) years after (.*), and no vaccine keeps so long",
        "效期 {0} 距 {2} 超过 {1} 年，请对照包装更正",
    ),
    (r"(.*) is a diluent itself", "{0} 本身是稀释液，不能再配稀释液"),
    (r"(.*) keeps (.*), and (.*) is stored at (.*)", "{0} 保存条件为 {1}，{2} 应在 {3} 保存"),
    (
        r"(\d+) of the doses of (.*) in (.*) are unusable and set apart",
        "{2} 中 {1} 有 {0} 剂不可使用，已隔离，请按规定处理",
    ),
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
    (r"(.*) is scrapped", "{0} 已报废，不再调动"),
    (r"it is (\S+) already", "设备状态已是 {0}"),
    (r"what is (\S+) does not become (\S+)", "状态不能由 {0} 变为 {1}"),
    (r"it stands at (\S+) already", "设备已在 {0}"),
    (r"(.*) is spare, nothing is kept in it", "{0} 为备用设备，不存放疫苗，请先启用"),
    (r"'(.*)' is no way to open", "“{0}”不是开门方式"),
    (r"'(.*)' cannot be one", "“{0}”不能作为编码，请勿使用斜杠"),
    (r"its volume is there in litres too", "容积同时写了升和立方米，请只写一种"),
    (r"(.*) is no interval", "{0} 不是采样间隔"),
    (r"(.*) is assigned to (.*) from (.*)", "{0} 自 {2} 起已接在 {1}"),
    (r"'(.*)' is assigned nowhere", "“{0}”没有接在任何设备上"),
    (r"the assignment began at (.*)", "接入始于 {0}，请填写之后的时间"),
    # facilities and people, seldom
    (r"(.*) is nobody in the archive", "档案中没有人员 {0}"),
    (r"nobody at (.*) is called '(.*)'", "{0} 没有名为“{1}”的人员"),
    (r"(.*) left at (.*)", "{0} 已于 {1} 离岗"),
    (r"a number stands there twice", "同一号码写了两次"),
    (r"(.*) is a mobile", "{0} 是手机号，请写入手机一栏"),
    (r"(.*) is no mobile", "{0} 不是手机号"),
    (r"'(.*)' is no longer (?:its|their) state", "内容已被他人更改，请重新查看"),
    (r"(.*) has one of two coordinates", "{0} 只有经度或纬度，请填写两项"),
    (r"(.*) of (.*) is nowhere", "{1} 的坐标 {0} 不存在，请更正"),
    (r"(.*) of (.*) is no level", "{1} 的级别 {0} 不存在"),
    (r"'(.*)' is no week", "“{0}”不是工作日，请写如 12345"),
    (r"it must be said once where", "请写明区划或单位之一"),
    (r"(.*) is entered there already, as (.*)", "{0} 已录入为 {1}"),
    (r"'(.*)' is not written as days are", "“{0}”不是日期，请写 2026-07-03"),
    (r"'(.*)' is no date", "“{0}”不是日期，请写 2026-07-03"),
    (r"(.*) to (.*) are (\d+) days", "{0} 至 {1} 共 {2} 天，太长"),
    (r"(.*) is still to come", "{0} 尚未到来，请更正"),
    # documents
    (r"it has (\d+) bytes", "文件有 {0} 字节，太大或为空"),
    (r"it is of no kind that is kept", "不保存这类文件"),
    # stock, seldom
    (r"(\S+) is not one that counts", "编号 {0} 不存在或已撤回"),
    (r"it is from (.*?) (.*)", "它属于 {0} {1}"),
    (r"(\d+) of the doses of (.*) in (.*) are kept there for another facility", "{2} 中 {1} 有 {0} 剂为其他单位代管"),
    (
        r"(\d+) of the doses of (.*) in (.*) wait for the papers of their delivery",
        "{2} 中 {1} 有 {0} 剂待补收货资料，不能出库",
    ),
    (r"(\d+) of its doses have already left where it brought them", "其中 {0} 剂已从该处出库，请先更正后来的出库"),
    (r"(\d+) of the doses that would be left (.*), and have not left", "将剩下的剂次中有 {0} 剂 {1}"),
    (r"(.*) cannot move", "{0} 不能移动"),
    (r"(.*) does not have these ends", "{0} 的来源和去向不对"),
    (r"'(.*)' is no lot of diluent", "“{0}”不是稀释液的批次"),
    (r"(.*) cannot be its own diluent", "{0} 不能是自身的稀释液"),
    (r"(.*) is a diluent", "{0} 是稀释液"),
    (r"(.*) is no price", "{0} 不是价格"),
    (r"(.*) doses are not (.*) vials of (.*)", "{0} 人份不等于 {1} 支乘每支 {2} 人份，请更正其一"),
    (r"(.*) has (.*) in the archive, here (.*)", "批号 {0} 档案中为 {1}，此处为 {2}，请核对包装"),
    (
        r"an earlier row of this file says how much of (.*) lies there",
        "本文件前面的行已写明 {0} 在该处的数量，请合并或写明存放位置",
    ),
    (r"(.*) tells of (.*), this file of (.*)", "已有较新的库存文件 {0}（{1}），本行为 {2}，不再采用"),
    (
        r"(.*) doses of that day are there from '(.*)'",
        "该日已有来自“{1}”的 {0} 剂，请填写“来源”：更正写原来源，另计写新来源",
    ),
    # mappings
    (r"'(.*)' is no name of a mapping", "“{0}”不能作为列对应的名称"),
    (r"(.*) are too many", "有 {0} 项，太多"),
    (r"'(.*)' is too long or holds control characters", "“{0}”太长或含有控制字符"),
    (r"'(.*)' is no field of (.*)", "“{0}”不是该表的字段"),
    (r"(.*) is for (.*), not (.*)", "列对应 {0} 用于 {1}，不用于 {2}"),
    (r"nothing is mapped", "没有任何列对应"),
    (r"two titles say the same", "有两个标题相同"),
    (r"'(.*)' is no kind of sheet", "没有“{0}”这种表"),
    (r"a sheet of (.*) tells of no moment", "{0} 表没有统计时间"),
    # whole files
    (r"no row of titles for .*\(缺少列：(.*)\)", "没有标题行，缺少列：{0}"),
    (r"it is empty", "文件为空"),
    (r"it has (\d+) MB", "文件有 {0} MB，请拆分"),
    (r"it has (\d+) rows", "有 {0} 行，请拆分"),
    (r"it has (\d+) columns", "有 {0} 列，请删除表格以外的内容"),
    (r"it has (\d+) rows of (\d+) columns", "有 {0} 行 {1} 列，请删除表格以外的内容或拆分"),
    (r"its sheets have (\d+) cells", "各工作表共有 {0} 个单元格，请分开发送"),
    (r"it unfolds to (\d+) MB", "解压后有 {0} MB，请拆分"),
    (r"it unfolds to more than can be held, or is damaged", "展开后过大或已损坏，请删除表格以外的内容，或另存为 CSV"),
    (r"it was not read within (.*) s", "{0} 秒内未能读完，请另存为 CSV"),
    (r"it is a ZIP archive, not a sheet", "这是压缩包，请发送其中的表格"),
    (r"it is damaged", "文件已损坏，请另存为 XLSX 或 CSV"),
    (r"it cannot be read: (.*)", "无法读取（{0}），请另存为 XLSX 或 CSV"),
    (r"it is protected by a password", "文件有密码，请去掉密码后另存"),
    (r"it is a web page that bears a sheet's name", "这是网页，只是用了表格的扩展名，请打开后另存为 XLSX"),
    (r"it is neither a sheet nor text in UTF-8, UTF-16 or GBK", "既不是表格，也不是 UTF-8、UTF-16 或 GBK 文本"),
    (r"it is a (.*)", "这不是表格（{0}），请另存为 XLSX 或 CSV"),
    # strips of loggers, whole
    (r"(\d+) tables with a time and a temperature .*", "有 {0} 个时间和温度的表，应为一个"),
    (r"it has (\d+) temperatures: (.*)", "有 {0} 列温度：{1}，请只留本格的一列"),
    (r"it has (\d+) readings", "有 {0} 个读数，请拆分"),
    (r"no row has a temperature", "没有任何一行有温度"),
    (r"nobody says which logger it was", "没有写明是哪个记录仪"),
    (r"the file is of (.*), not of (.*)", "文件来自记录仪 {0}，不是 {1}"),
    (r"(.*) s is more than a day", "{0} 秒超过一天，请校准记录仪时钟并核对日期"),
    (r"its readings lie in (\d+) stretches with gaps between them", "读数断成 {0} 段，请拆分"),
    (r"(.*) is below the lowest, (.*)", "最高 {0} 低于最低 {1}，请更正其一"),
    # doses given, and strips of loggers
    (r"nobody says so", "没有写明数据来源"),
    (r"two rows are of the same lot, facility, day and source", "同一批次、单位、日期和来源有两行，请先合并"),
    (r"(.*) °C (?:cannot be|was measured by nobody)", "{0} °C 不可能，请更正"),
    (r"more than seven days are no journey", "时间超过七天，请核对"),
    (r"nobody signed", "没有签名"),
    (r"(.*) is a (.*): two readings say nothing .*", "{0} 不是冷藏箱、冷藏包或冷藏车，两次读数不能证明其间的温度"),
    (r"it is longer than (.*) h, and no logger kept the extremes", "超过 {0} 小时，且没有记录仪留存最高、最低温度"),
    (r"(.*) vouched for (.*) to (.*)", "{0} 已对 {1} 至 {2} 签字作证，请先撤回或更正时间"),
    (r"(.*) vouched for (.*)", "{0} 已对 {1} 签字作证，请先撤回或更正时间"),
    (r"a drill goes on at (.*)", "{0} 正在演练，请等它结束"),
    (r"is not after the start, or more than 400 days after it", "结束时间不晚于开始时间，或相隔超过 400 天"),
    (r"nothing was looked at", "没有任何观察记录，请填写温度或冰排状态"),
)
_GROUP: Final = re.compile(r"\([^)]*\)")


def in_chinese(error: BadInput) -> str:
    """A refusal in Chinese."""
    found = [(pattern, sentence) for pattern, sentence in _SENTENCES if re.fullmatch(pattern, error.wrong)]
    if not found:
        return f"档案不接受（{error.wrong}；{error.cure}）"
    pattern, sentence = max(found, key=lambda each: len(_GROUP.sub("", each[0])))  # the one that says most itself
    return re.sub(pattern, lambda its: sentence.format(*its.groups()), error.wrong, count=1)


def in_both(error: BadInput) -> BadInput:
    """A refusal of a whole file, in Chinese too."""
    return BadInput(error.field, f"{error.wrong} ({in_chinese(error)})", error.cure, where=error.where)
