"""Signatures against the examples that the providers publish."""

import pytest

from coldchain.providers.aliyun import signing as aliyun
from coldchain.providers.tencent import signing as tencent

INSTANCES = rb'{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}'


def test_aliyuns_published_example():
    call = aliyun.Call(
        action="RunInstances",
        version="2014-05-26",
        query={"ImageId": "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd", "RegionId": "cn-shanghai"},
        host="ecs.cn-shanghai.aliyuncs.com",
        date="2023-10-26T10:22:32Z",
        nonce="3156853299f313e23d1673dc12e1703d",
    )
    headers = aliyun.signed_headers(call, "YourAccessKeyId", "YourAccessKeySecret")
    assert headers["authorization"] == (
        "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,"
        "SignedHeaders=host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version,"
        "Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
    )


def test_aliyuns_query_is_sorted_and_escapes_all_but_the_unreserved():
    assert aliyun.canonical_query({"b": "a b*~", "A": "高+/"}) == "A=%E9%AB%98%2B%2F&b=a%20b%2A~"


@pytest.mark.parametrize(
    ("further", "secret", "digest"),
    [
        ({}, "Gu5t9xGARNpq86cd98joQYCN3EXAMPLE", "72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168"),
        (
            {"x-tc-action": "DescribeInstances"},
            "*" * 32,
            "10b1a37a7301a02ca19a647ad722d5e43b4b3cff309d421d85b46093f6ab6c4f",
        ),
    ],
)
def test_tencents_published_examples(further: dict[str, str], secret: str, digest: str):
    headers = {"content-type": "application/json; charset=utf-8", **further}
    call = tencent.Call("cvm", "cvm.tencentcloudapi.com", 1551113065, INSTANCES, headers)
    names = ";".join(sorted([*headers, "host"]))
    assert tencent.authorization(call, "AKID", secret) == (
        f"TC3-HMAC-SHA256 Credential=AKID/2019-02-25/cvm/tc3_request, SignedHeaders={names}, Signature={digest}"
    )
