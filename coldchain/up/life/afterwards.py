"""What became of last night, once the engine has judged it: the dossier of what is held is under way.

hold (by the engine) ─► evidence frozen ─► photo, report to the health authority, one opinion of several
"""

from collections.abc import Mapping
from typing import Final

from coldchain.archive import lots
from coldchain.archive.audit import By
from coldchain.archive.db import Archive, Tx
from coldchain.archive.disposition import dossiers, freezing, papers
from coldchain.archive.disposition.dossiers import Wish
from coldchain.archive.disposition.papers import NewOpinion, NewReport
from coldchain.archive.disposition.words import State, Verdict
from coldchain.ledger.evidence import evidence_of
from coldchain.series import Series
from coldchain.up.life.acts import WHY, Calendar
from coldchain.up.life.papers import paper

AT: Final = "519921107"
PATIENCE_S: Final = (
    120.0  # a busy machine judges the county's first minutes late; without this its demo would end there
)


async def carry_on(archive: Archive, series: Series, keepers: Mapping[str, str], at: int) -> bool:
    """Bring the dossier of last night as far as its clinic would have by now; False when there is none to carry on."""
    by = By(keepers[AT], at, WHY)
    async with archive.reading() as tx:
        found = await dossiers.listed(tx, Wish(None, State.OPEN, AT), 1)
    if not found:
        return False
    number = found[0].id
    evidence = await evidence_of(archive, series, number, at, PATIENCE_S)
    async with archive.writing() as tx:
        await freezing.freeze(tx, number, evidence, by)
        await _add_papers(tx, number, by)
    return True


async def _add_papers(tx: Tx, number: int, by: By) -> None:
    photo = await paper(tx, "隔离照片说明.txt", AT, by, "红岩镇卫生院冰箱：全部批次已贴隔离标识")
    await papers.add_document(tx, number, photo, "document", by, note="隔离后的冰箱")
    told = await paper(tx, "情况报告.txt", AT, by, "昨夜冰箱门未关严，超过 8 °C 两小时余，全部批次停止使用")
    report = NewReport(article="73", authority="health", told="清江县卫生健康局疾控股", told_at=by.at, document=told)
    await papers.add_report(tx, number, report, by)
    lines = (await dossiers.show(tx, number)).lines
    lot = min(each.lot for each in lines)
    maker = (await lots.lot(tx, lot)).maker
    letter = await paper(tx, "厂家评估意见.txt", AT, by, f"批次 {lot}：累计超温时间在稳定性数据范围内，可继续使用")
    opinion = NewOpinion(
        lot=lot, verdict=Verdict.USABLE, author="何戊", organisation=maker, document=letter,
        dated=Calendar(by.at).on(0),
    )  # fmt: skip
    await papers.add_opinion(tx, number, opinion, by)
