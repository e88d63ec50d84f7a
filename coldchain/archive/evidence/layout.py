"""The exported file: which of its members holds what. One ZIP of open formats: JSON Lines, CSV, and the documents.

README.txt              how to check it by hand
MANIFEST.json           what was chosen, when it was made, the newest root then, sha256 of every other member
chain/STREAM.jsonl      the chains, whole, whatever was chosen: without them nothing could be checked
rows/TABLE.jsonl        {"key", "row"}: the rows as chains show them
documents/SHA256        the documents themselves
seals.jsonl             the sealed days, hours in hex
deletions.jsonl         acts of deletion
roots.jsonl             the roots
arrivals/COLLECTOR/SHARD.jsonl    the arrival journals of the chosen gateways' shards
readings/CHANNEL.csv    time,value,quality: the lines that are hashed
"""

from typing import Final

FORMAT: Final = 1
README: Final = "README.txt"
MANIFEST: Final = "MANIFEST.json"
SEALS: Final = "seals.jsonl"
DELETIONS: Final = "deletions.jsonl"
ROOTS: Final = "roots.jsonl"
CHAIN: Final = "chain/"
ROWS: Final = "rows/"
DOCUMENTS: Final = "documents/"
ARRIVALS: Final = "arrivals/"
READINGS: Final = "readings/"
HEADER: Final = "time,value,quality\n"
APART: Final = frozenset({"seal", "deletion"})  # tables whose rows stand in files of their own

TEXT: Final = """\
冷链证据包 · Evidence of a cold chain
=====================================

中文
----
本文件包含冷链系统的全部变更链、数据行、每日封存摘要、到达日志与温度读数，均为开放格式（JSON Lines、CSV）。
最快的办法：  coldchain verify --export 本文件.zip [--root 哈希]
手工核对：
1. 链：chain/*.jsonl 每行一环。去掉 hash 字段，把其余字段写成键名排序、无空格、UTF-8 的 JSON，其 SHA-256 应等于 hash；
   previous 应等于上一环的 hash（第一环为 64 个 0）；n 从 1 起逐一递增。
2. 数据行：rows/*.jsonl 中每一行应与链中同一 entity、entity_id 的最后一个 image 相同。
3. 读数：readings/*.csv 去掉标题行，取某个 UTC 日的各行，其 SHA-256 应等于 seals.jsonl 中该网关、该日最高版本内该通道的值。
4. 到达：seals.jsonl 的 cites 给出采集器、分片、位置区间、批次数与哈希；对 arrivals 中该区间内属于该网关该日的每一批，
   依次写一行“位置 spool seq sha256”（空格分隔，换行结尾），全部行的 SHA-256 应等于所引哈希。
5. 根：roots.jsonl 每行去掉 hash 后按第 1 条的写法求 SHA-256；heads 中每一项都应是相应链上的一环。
   若您手中持有当时送出的根哈希，它必须出现在 roots.jsonl 中，否则全部链都已被重做。
限度：控制这台机器的人可以重做一切；只有已经离开机器的根哈希才能揭穿。

English
-------
This file holds all chains of changes, the rows, the sealed days, the arrival journals and the readings, in open formats.
The quick way:  coldchain verify --export THIS.zip [--root HASH]
By hand:
1. Chains: chain/*.jsonl has one link per line. Without `hash`, written as JSON with sorted keys, no spaces, UTF-8, its
   SHA-256 is `hash`; `previous` is the hash of the link before (64 zeros for the first); n rises by one from 1.
2. Rows: each line of rows/*.jsonl says what the last `image` of its entity and entity_id in the chains says.
3. Readings: the lines of a UTC day in readings/*.csv, without the header, have the SHA-256 that seals.jsonl names for
   that gateway, day and channel in its highest version.
4. Arrivals: `cites` in seals.jsonl names collector, shard, a range of positions, how many batches, and a hash. For each
   batch of that gateway and day in the range write "position spool seq sha256" and a line feed: the SHA-256 of all.
5. Roots: a line of roots.jsonl without `hash`, written as in 1, has that SHA-256; each of its heads is a link of its
   chain. A root hash that you hold since then must stand in roots.jsonl, or all chains were made anew.
Limits: who controls the machine can make everything anew; only a root that has left it shows that.
"""
