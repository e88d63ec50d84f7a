"""Titles in Chinese of the archive's own columns, for tables that nobody sends back. Pure."""

from collections.abc import Mapping
from typing import Final

_WORDS = """
id 编号 | excursion 超温事件 | observation 观察 | equipment 设备编码 | facility 单位编码 | kind 类别 | severity 严重程度 | state 状态
is_past 事后发现 | waits_at_night 夜间不叫醒 | raised_at 报警时间 | ended_at 结束时间 | taken_by 接手人 | taken_at 时间 | next_at 下一步时间
channel 通道 | compartment 格 | position 位置 | interval_s 间隔(秒) | start 开始 | end 结束 | course 培训 | person 人员 | has_passed 合格
certificate 证书编号 | issued_on 发证日期 | valid_until 有效期至 | document 单据 | withdrawn_at 撤回时间 | dossier 处置档案 | article 法条
authority 主管部门 | told 报告对象 | told_at 报告时间 | note 说明 | by 经手 | at 时间 | tau_s 时间常数(秒) | source 来源 | approved_by 批准人
approved_at 批准时间 | day 日期 | name 名称 | region 区划编码 | device 探头 | done_on 检定日期 | due_on 到期日期 | uncertainty_mc 不确定度(m°C)
k 包含因子 | limit 限值依据 | as_found 检定前 | as_left 检定后 | calibration 检定 | reference_mc 标准值(m°C) | indicated_mc 示值(m°C)
done_at 完成时间 | frost_mm 霜厚(毫米) | successor 接替设备 | wanted_on 希望日期 | wanted 申请内容 | phone 手机 | applicant 申请人
asked_at 申请时间 | is_granted 是否批准 | decided_by 决定人 | decided_at 决定时间 | comment 意见 | is_applied 已执行 | handler 经办人
handled_at 办理时间 | handled 办理情况 | gateway 网关编号 | quantity 测量量 | year 年度 | as_at 截止时间 | opened_by 开启人 | opened_at 开启时间
frozen_by 冻结人 | frozen_at 冻结时间 | roll_up 汇总 | sha256 摘要 | unit 单位 | content 内容 | confirmed_by 确认人 | confirmed_at 确认时间
collection 采集 | missing 缺报原因 | changed_at 变更时间 | name_zh 中文名称 | name_en 英文名称 | purpose 用途 | profile 温度要求
proposed_by 提出人 | proposed_at 提出时间 | topic 主题 | title 标题 | level 级别 | hours 学时 | held_on 举办日期 | held_by 举办者 | lot 批次
doses 剂次 | owner 货主单位 | keeper 代管单位 | target 去向 | why 原因 | consented_by 同意人 | consented_at 同意时间 | consent 同意文件
returned_at 归还时间 | channels 通道 | lots 批次 | signed_by 签字人 | second 第二签字人 | reason 事由 | media_type 文件类型 | size 字节数
added_by 录入人 | added_at 录入时间 | version 版本 | changed 变化 | back 退回剂次 | revision 修订号 | facts 事实 | code 编码 | short_zh 简称
type 类型 | brand 品牌 | model 型号 | serial 出厂编号 | national_code 国家编码 | manufacturer 生产厂商 | funding 经费来源 | allotted_by 配发单位
price_fen 价格(分) | is_medical 是否医用 | door 开门方式 | volume_cold_l 冷藏容积(升) | volume_frozen_l 冷冻容积(升) | cold_bags 冷藏包数量
power_w 功率(W) | refrigerant 制冷剂 | pqs_code PQS编码 | holdover_h_catalogue 标称保温(小时) | holdover_source 保温来源 | produced_on 生产日期
arrived_on 到货日期 | started_on 启用日期 | scrapped_on 报废日期 | status 状态 | replaces 替代设备 | since 起始 | until 截止 | anchor 定位时间
is_followed 已跟进 | rule 规则 | rule_version 规则版本 | certainty 确定程度 | known_good_before 此前正常 | first_bad 首次超限 | last_bad 末次超限
known_good_after 此后正常 | extreme_mc 极值(m°C) | out_ms 超限时长(毫秒) | unknown_ms 未知时长(毫秒) | degree_ms 度时(°C·毫秒)
mkt_mc 平均动力学温度(m°C) | lots_known 批次已知程度 | merged_into 并入事件 | explained 解释 | product_mc 产品极值(m°C) | is_held 已封存
evidence_start 证据起 | evidence_end 证据止 | sensor_ms 探头已知(毫秒) | manual_ms 人工已知(毫秒) | low_mc 最低(m°C) | high_mc 最高(m°C)
manual_low_mc 人工最低(m°C) | manual_high_mc 人工最高(m°C) | hot 各温段(热) | cold 各温段(冷) | mkt_heat 动力学热和 | vvm2_heat VVM2消耗
vvm14_heat VVM14消耗 | vvm30_heat VVM30消耗 | nominal2_heat VVM2标称消耗 | nominal_heat 标称消耗 | built_at 计算时间 | latitude 纬度
longitude 经度 | feeder 供电线路 | unit_code 接种单位国家编码 | has_maternity 产科标识 | has_rabies 犬伤标识 | address 地址 | head 负责人
telephone 联系电话 | service_form 服务形式 | service_cycle 服务周期 | working_week 工作日 | population 服务人口 | staff 人员数
certified_staff 持证人员数 | rooms_m2 接种室面积(平方米) | information 信息化设备 | licensed_on 资质批准日期 | licensed_until 资质有效期至
licence 资质文件 | before 变更前 | given_on 接种日期 | leaver 离岗人 | taker 接任人 | leaver_name 离岗人姓名 | taker_name 接任人姓名 | posts 岗位
has_left 已离开 | ended 已结束事项 | matters 未了事项 | signed_at 签字时间 | held_at 封存时间 | came_at 到达时间 | movement 出入库记录
lifted_at 解除时间 | lifted_why 解除原因 | counted_on 盘点日期 | number 批号 | vaccine 疫苗编码 | maker 生产企业 | expires_on 疫苗效期
doses_per_vial 每支人份 | product 产品 | approval_number 批准文号 | batch_release 批签发合格编号 | spec 规格 | dosage_form 剂型
trace_code 追溯码 | gtin 商品条码 | diluent 稀释液 | known_ms 已知时长(毫秒) | basis 依据 | run_ms 运转时长(毫秒) | run_known_ms 运转已知(毫秒)
cycles 启停次数 | periods 周期数 | period_ms 周期时长(毫秒) | open_ms 开门时长(毫秒) | open_known_ms 开门已知(毫秒) | openings 开门次数
mains_known_ms 市电已知(毫秒) | departure_c 出发温度(°C) | return_c 返回温度(°C) | low_c 最低(°C) | high_c 最高(°C) | ice_out 出发冰排
ice_back 返回冰排 | run 运输 | half 上下午 | value_c 读数(°C) | ambient_c 室温(°C) | action 采取措施 | entered_at 录入时间 | late_reason 补录原因
withdrawn_by 撤回人 | withdrawn_why 撤回原因 | held 封存剂次 | custody 代管 | counterparty 对方 | handed_by 交货人 | temperature_c 温度(°C)
remark 备注 | passed_over 越过的批次 | transition 变迁 | alarm 报警 | step 级 | text_zh 中文文本 | text_en 英文文本 | created_at 生成时间
claim 认领 | claimed_until 认领至 | answer 回执 | subject 对象 | seen_at 发现时间 | detail 详情 | verdict 结论 | condition 条件 | use_by 限用日期
author 出具人 | organisation 出具单位 | dated 出具日期 | heard_to 最后听到 | limit_mc 限值(m°C) | start_mc 起始(m°C) | peak_mc 峰值(m°C)
held_until 保持至 | holdover_ms 保温时长(毫秒) | held_ms 保持时长(毫秒) | warming_mk_h 升温(mK/小时) | ambient_mc 环境(m°C)
catalogue_ms 标称时长(毫秒) | back_at 恢复时间 | post 岗位 | left_at 离岗时间 | user 账号 | email 邮箱 | wechat 微信 | wecom 企业微信
phone_number 电话 | fen 价格(分) | valid_from 生效日期 | valid_to 失效日期 | lapsed_at 失效时间 | lapsed_why 失效原因 | proposal 处置提议
outcome 处置结果 | opinion 企业意见 | stability 稳定性依据 | witness 见证 | supplier 供货单位 | transport 运输方式 | plate 车牌
arrival_c 到货温度(°C) | record 温度记录 | record_low_c 记录最低(°C) | record_high_c 记录最高(°C) | papers_complete 资料齐全
settled_at 了结时间 | settled_by 了结人 | papers 资料 | receipt 收货 | am_from_min 上午起(分) | am_to_min 上午止(分) | pm_from_min 下午起(分)
pm_to_min 下午止(分) | apart_min 间隔(分) | holiday_kinds 休息日种类 | parent 上级区划 | broken_on 损坏日期 | repaired_on 修复日期 | cause 故障原因
done 维修内容 | repairer 维修者 | cost_fen 费用(分) | first_day 首日 | last_day 末日 | closed_at 关闭时间 | closed_by 关闭人 | round 冷链运转
planned_doses 计划剂次 | sessions_held 接种日次数 | pack 规则包 | title_zh 中文标题 | title_en 英文标题 | text 原文 | is_loaded 在用
origin 起运单位 | tool 运输工具 | cooling 制冷方式 | way 途经 | sender 发货人 | order_no 调拨单号 | order_document 调拨文件
started_at 起运时间 | despite 仍然完成的原因 | carrier 容器 | point 环节 | vaccine_c 疫苗温度(°C) | ice 冰排 | arrived_at 到达时间
distance_km 里程(公里) | receiver 收货人 | weekday 星期 | from_min 起(分) | to_min 止(分) | titles 标题对应 | fixed 固定值 | place 位置
display 显示名 | role 角色 | meaning 签字含义 | packs 规则包 | mean_mc 平均(m°C) | deviation_mc 偏差(m°C) | max_cumulative_hours 累计上限(小时)
max_count 次数上限 | document_no 文件编号 | counted_by 盘点人 | posted_at 入账时间 | count 盘点 | counted 实盘剂次 | booked 账面剂次
judged_at 判定时间 | judged_by 判定人 | found 发现 | conclusion 结论 | after 变更后 | expanded 已生成通知 | language 语言 | disabled_at 停用时间
freeze_sensitive 怕冻 | vvm_type VVM类型 | who_code WHO编码 | info_codes 信息系统编码 | heat_group 耐热组 | light 避光 | presentation 剂型
unusable 不能使用剂次 | why_unusable 不能使用原因 | may_thaw 可解冻使用 | entered_by 录入人 | actor 经手 | key 键 | asked 请求
entity 对象类别 | entity_id 对象编号 | is_diluent 是稀释液 | needs_diluent 需稀释液 | catalogue 目录 | source_facility 来源单位 | target_facility 去向单位
check_unit 审核单位 | signature 申请人签字 | how 方式 | reminded_at 催报时间 | countersigned_by 会签人 | countersigned_at 会签时间
deviation 偏差累计(mK·毫秒) | spread_known_ms 温差已知(毫秒) | month 月份 | judged_from 判定起始 | is_measured 全程有记录 | as_weekday 按星期几
turn 轮次 | rungs 各级 | rung_at 本级开始时间 | rings 响铃变迁 | eta_at 预计到达时间 | score 反复次数 | measure 处理措施 | is_drill 演练 | sent_to 发送地址 | short 短信变量
fold 合并组 | tries 发送次数 | try_after 不早于 | provider_id 服务商消息编号 | provider_code 服务商代码 | receipt_state 回执状态
receipt_at 回执时间 | sent_s 发送时间(秒) | provider 服务商 | out_id 本方消息编号 | pressed 按键 | notice 通知 | received_at 收到时间 | reply_id 回复编号 | text_back 回复内容 | text_back_state 回复发送状态
rota 值班表 | is_desk 县级值班 | otherwise 无人时转 | every_weeks 隔周数 | instead_of 代替何人 | stand_in 代班人 | fingerprint 号码指纹 | said 核对结果
act 行为 | boot 开机编号 | duty_pct 运转率(%) | deviation_k 平均偏差(K) | holdover_pct 保温达标率(%)
sent_at 发出时间 | digest 链接摘要 | planned 计划月份 | begun_at 开始演练时间 | answer_by 应答期限 | people 首级人员 | ways 验证方式 | link 故障环节 | words 说明
"""
TITLES: Final[Mapping[str, str]] = {
    field: zh for field, _, zh in (each.strip().partition(" ") for each in _WORDS.strip().replace("\n", "|").split("|"))
}
