"""The vocabulary of who is told: one word for each short code of alarms, messages, duty, numbers, drills and figures.

`terms.word` looks them up, as it does those of what is measured; every entry is in both catalogues.
"""

from collections.abc import Mapping

from dashboards.i18n import N_

# Arrows of an alarm, as a story tells them.
ARROWS: Mapping[str, str] = {
    "raised": N_("raised"),
    "worsened": N_("became worse"),
    "reopened": N_("came again"),
    "lapsed": N_("did not arrive in time; others are called"),
    "seen": N_("has seen it"),
    "taken": N_("is on the way"),
    "moved": N_("vaccine moved"),
    "door": N_("the door was open"),
    "sensor": N_("probe out, or defrosting"),
    "false": N_("false alarm"),
    "note": N_("noted"),
    "past": N_("was over before it was found"),
    "ended": N_("ended"),
    "eased": N_("no longer an alarm"),
    "merged": N_("merged into another"),
    "withdrawn": N_("withdrawn"),
    "closed": N_("closed"),
}
ALARM_STATES: Mapping[str, str] = {
    "ringing": N_("nobody has taken it"),
    "seen": N_("seen; others are called on"),
    "taken": N_("somebody is on the way"),
    "ended": N_("over, to be closed"),
    "closed": N_("closed"),
}
# What we ourselves wrote beside a message, where no provider did.
ANSWERS: Mapping[str, str] = {
    "told before": N_("told before"),
    "over before it was told": N_("over before it was told"),
    "the money for news is spent": N_("the money for news is spent"),
    "withdrawn before it was told": N_("withdrawn before it was told"),
    "merged before it was told": N_("merged before it was told"),
    "eased before it was told": N_("eased before it was told"),
    "this address had as many as its provider allows": N_("this address had as many as its provider allows"),
    "known to the provider": N_("known to the provider"),
    "its receipt was here before the provider's answer": N_("its receipt was here before the provider's answer"),
    "sent twice, and nobody says whether it arrived": N_("sent twice, and nobody says whether it arrived"),
}
# By which way somebody took an alarm; on its page it goes without saying.
ACTED_BY: Mapping[str, str] = {
    "api": N_("by a program or the command line"),
    "call": N_("by a key during the call"),
    "sms": N_("by text message"),
    "card": N_("on the message's card"),
    "link": N_("by the message's link"),
}
# By what somebody is told.
CHANNELS: Mapping[str, str] = {
    "console": N_("console"),
    "page": N_("these pages"),
    "voice": N_("call"),
    "sms": N_("text message"),
    "aliyun_voice": N_("call (Aliyun)"),
    "aliyun_sms": N_("text message (Aliyun)"),
    "tencent_voice": N_("call (Tencent)"),
    "tencent_sms": N_("text message (Tencent)"),
    "modem": N_("text message (modem)"),
    "wecom": N_("WeCom"),
    "wechat": N_("WeChat"),
    "robot": N_("group robot"),
    "mail": N_("e-mail"),
    "apprise": N_("another service"),
    "webhook": N_("county system"),
    "webhook_voice": N_("call (county system)"),
    "webhook_sms": N_("text message (county system)"),
    "link": N_("the message's link"),
    "siren": N_("buzzer and light"),
}
# What became of a message, of one try to send it, and what was heard of it afterwards.
NOTICE_STATES: Mapping[str, str] = {
    "waiting": N_("waits"),
    "claimed": N_("being sent"),
    "folded": N_("told with another message"),
    "told": N_("sent"),
    "refused": N_("refused"),
    "broken": N_("this way is out of order"),
    "unknown": N_("sent, perhaps; nobody knows"),
    "dropped": N_("not needed any more"),
}
VERDICTS: Mapping[str, str] = {
    "accepted": N_("accepted by the provider"),
    "refused": N_("refused by the provider"),
    "later": N_("to be tried later"),
    "broken": N_("this way is out of order"),
    "unknown": N_("no answer: perhaps sent"),
}
RECEIPTS: Mapping[str, str] = {
    "delivered": N_("arrived on the telephone"),
    "failed": N_("did not arrive"),
    "read": N_("was read"),
    "answered": N_("call answered"),
    "rang_out": N_("rang out"),
    "keyed": N_("key pressed"),
}
# What came of it when a gateway itself told somebody, or sounded its siren.
EDGE_ANSWERS: Mapping[str, str] = {
    "accepted": N_("sent"),
    "delivered": N_("arrived on the telephone"),
    "failed": N_("did not arrive"),
    "refused": N_("refused by the network"),
    "broken": N_("this way is out of order"),
    "unknown": N_("no answer: perhaps sent"),
    "replied": N_("replied"),
    "hushed": N_("hushed by hand"),
    "off": N_("off again"),
}
OUTCOMES: Mapping[str, str] = {
    "going": N_("is on the way"),
    "seen": N_("has seen it"),
    "stranger": N_("number registered with nobody; nothing changed"),
    "unclear": N_("not understood; nothing changed"),
    "which": N_("several alarms open, none named; nothing changed"),
    "none": N_("no alarm open for them; nothing changed"),
    "unknown": N_("no such code; nothing changed"),
    "not_yours": N_("was not told of this alarm; nothing changed"),
    "over": N_("it was over already"),
    "number_yes": N_("confirmed their number"),
    "number_no": N_("said that the number is not theirs"),
    "number_other": N_("answered for their number from another; nothing changed"),
    "number_done": N_("their number was answered for before; nothing changed"),
    "late": N_("would arrive too late; nothing changed"),
    "several": N_("digits of several people; nothing changed"),
}
# What is wrong with how people would be told.
GAPS: Mapping[str, str] = {
    "too_few": N_("too few people and numbers"),
    "nobody": N_("nobody would be told"),
    "post_vacant": N_("post vacant"),
    "rota_empty": N_("rota empty"),
    "rota_unknown": N_("rota unknown"),
    "loop": N_("rotas or stand-ins in a ring"),
    "absent": N_("absent, nobody stands in"),
    "gone": N_("names somebody who left"),
    "no_way": N_("no address"),
    "fixed_line": N_("only a fixed line"),
    "shared_number": N_("two people share a number"),
    "bad_number": N_("number known to be wrong"),
    "no_night_phone": N_("no telephone at night"),
    "no_desk": N_("county has no duty desk"),
    "filled": N_("filled by the county's desk"),
}
# How far a drill is, and what of the path was broken, or why it was not tried.
DRILLS: Mapping[str, str] = {
    "asked": N_("asked for"),
    "running": N_("goes on"),
    "verified": N_("verified"),
    "failed": N_("fault"),
    "withdrawn": N_("broken off"),
    "refused": N_("not begun"),
}
LINKS: Mapping[str, str] = {
    "alarm": N_("no alarm was raised"),
    "people": N_("nobody is named at the first level"),
    "way": N_("somebody could not be told"),
    "answer": N_("nobody answered"),
    "times": N_("the month's drills are used up"),
    "money": N_("the month's money for drills is used up"),
    "real_alarm": N_("a real alarm needed the people"),
}
SHIFTS: Mapping[str, str] = {"day": N_("day"), "night": N_("night")}
BANDS: Mapping[str, str] = {
    "<=30": N_("≤ 30 min"),
    "30-60": N_("30–60 min"),
    "60-120": N_("60–120 min"),
    ">120": N_("> 120 min"),
    "never": N_("never"),
}
TIMES: Mapping[str, str] = {
    "told": N_("until somebody was told"),
    "taken": N_("until somebody went"),
    "recovered": N_("until it was over"),
}
STANDINGS: Mapping[str, str] = {
    "confirmed": N_("number confirmed"),
    "asked": N_("asked, no answer yet"),
    "wrong": N_("not theirs, or dead"),
    "refused": N_("the provider did not reach it"),
    "unanswered": N_("asked, nobody answered"),
    "due": N_("to be asked"),
}
WAY_KINDS: Mapping[str, str] = {
    "mobile": N_("mobile number"),
    "fixed": N_("fixed line"),
    "ward_night": N_("ward's night telephone"),
    "wecom": N_("WeCom account"),
    "wechat": N_("WeChat account"),
    "mail": N_("mailbox"),
}
