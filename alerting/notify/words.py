"""The words of a notice, one for each short code, in Chinese and English side by side. Before: `texts`."""

from typing import Final

from alerting.notify.scene import Named
from coldchain.excursion import Kind, Severity

KINDS: Final = {
    Kind.HEAT: Named("温度过高", "too warm"),
    Kind.FREEZE: Named("温度过低", "too cold"),
    Kind.CUMULATIVE_HEAT: Named("累计过热", "too warm in sum"),
    Kind.CUMULATIVE_FREEZE: Named("累计过冷", "too cold in sum"),
    Kind.MEAN_KINETIC_HEAT: Named("平均动力学温度过高", "mean kinetic temperature too high"),
    Kind.MEAN_KINETIC_COLD: Named("平均动力学温度过低", "mean kinetic temperature too low"),
    Kind.GARBLED: Named("数据校验错误", "readings garbled"),
    Kind.POWER_ON_VALUE: Named("探头重启（85.0）", "probe restarted (85.0)"),
    Kind.DISCONNECTED: Named("探头断开", "probe unplugged"),
    Kind.ZERO_SCRATCHPAD: Named("探头线路短路", "probe line shorted"),
    Kind.OUT_OF_PHYSICS: Named("不可能的数值", "impossible value"),
    Kind.NO_ANSWER: Named("探头无应答", "probe does not answer"),
    Kind.DEVICE_ERROR: Named("设备报错", "device reports an error"),
    Kind.NOT_A_NUMBER: Named("不是数值", "no number"),
    Kind.FLAT_LINE: Named("读数长时间不变", "reading does not move"),
    Kind.SPIKE: Named("读数突跳", "sudden jump of the reading"),
    Kind.DISAGREEMENT: Named("两个探头读数不一致", "two probes disagree"),
    Kind.DRIFT: Named("探头漂移", "probe drifts"),
    Kind.SILENCE: Named("没有数据", "no data"),
    Kind.POWER_LOSS: Named("停电", "mains lost"),
    Kind.DOOR_OPEN: Named("门未关", "door open"),
    Kind.BATTERY_LOW: Named("电池电量低", "battery low"),
    Kind.SPOOL_NEARLY_FULL: Named("网关存储将满", "gateway's store nearly full"),
    Kind.CLOCK_LOST: Named("网关时间丢失", "gateway lost the time"),
    Kind.CLOCK_WRONG: Named("网关时钟不准", "gateway's clock is wrong"),
    Kind.OFFSET_SET: Named("设备内设有修正值", "offset set in the device"),
    Kind.CALIBRATION_EXPIRED: Named("校准过期", "calibration expired"),
    Kind.CHANNEL_OUT: Named("通知通道故障", "a way to people is broken"),
    Kind.DRILL: Named("报警通路测试", "test of the alarm path"),
    Kind.DRILL_FAILED: Named("报警通路不通", "alarm path broken"),
    Kind.FORECAST: Named("预计超限", "limit expected to be passed"),
}
SEVERITIES: Final = {
    Severity.NOTE: Named("提示", "note"),
    Severity.WARNING: Named("警告", "warning"),
    Severity.CRITICAL: Named("严重", "critical"),
}
REASONS: Final = {
    "raised": Named("", ""),
    "worsened": Named("加重", "worse now"),
    "reopened": Named("再次发生", "again"),
    "lapsed": Named("前往者未按时到", "nobody came in time"),
    "past": Named("已过去，补传数据发现", "past, found in late data"),
    "ended": Named("已结束", "over"),
    "eased": Named("减轻", "eased"),
    "merged": Named("合并", "merged"),
    "withdrawn": Named("撤销：补传数据显示并未发生", "withdrawn: late data shows that it was none"),
}
OCCASIONS: Final = {
    "session": Named("接种门诊", "vaccination session"),
    "delivery": Named("到苗入库", "delivery put away"),
    "stock_take": Named("盘苗", "stock-take"),
    "defrost": Named("除霜", "defrosting"),
    "planned_outage": Named("计划停电", "planned outage"),
}
# What went on beside an excursion, in its own text.
BESIDE: Final = {
    "door_open": Named("柜门开启", "door open"),
    "power_loss": Named("停电", "mains lost"),
}
MAINS: Final = {
    "lost": Named("此前已停电", "mains were lost before"),
    "on": Named("市电正常", "mains are on"),
    "unknown": Named("市电情况未知", "mains unknown"),
}
BASES: Final = {
    "readings": Named("本机读数", "this equipment's own readings"),
    "own history": Named("本机以往停电记录", "this equipment's earlier outages"),
    "type figure": Named("同类设备公布值", "the published figure of its type"),
}
EVERYTHING: Final = {"*": Named("所有网关", "all gateways")}

# How long a piece of equipment keeps cold is known so.
HOLDOVERS: Final = {
    "measured": Named("（实测）", " (measured)"),
    "catalogue": Named("（按产品资料）", " (its catalogue says)"),
    "policy": Named("（默认值）", " (where nobody knows better)"),
}
