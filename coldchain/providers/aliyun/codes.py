"""Which of Aliyun's refusals means what for the next step. SMS and voice share most codes, and so this table.

A code that is not here is judged by its prefix: `isv.` is ours (this message never), `isp.` theirs (later); one without
a prefix is the gateway's: we are not understood, until somebody mends it.
"""

from coldchain.providers.outcome import Answer, Verdict

_CODES = {
    Verdict.BROKEN: """
        isv.SMS_TEMPLATE_ILLEGAL isv.SMS_SIGNATURE_ILLEGAL isv.SIGN_STATE_ILLEGAL isv.SMS_SIGN_ILLEGAL
        isv.SMS_SIGNATURE_SCENE_ILLEGAL isv.SIGN_NAME_ILLEGAL isv.AMOUNT_NOT_ENOUGH isv.AMOUNT_NOT_ENOUG
        isv.OUT_OF_SERVICE isv.PRODUCT_UN_SUBSCRIPT isv.PRODUCT_UNSUBSCRIBE isv.ACCOUNT_NOT_EXISTS isv.ACCOUNT_ABNORMAL
        isv.DENY_IP_RANGE isv.EXTEND_CODE_ERROR isv.TTS_TEMPLATE_ILLEGAL isv.TEMPLATE_ILLEGAL isv.DISPLAY_NUMBER_ILLEGAL
        isv.VOICE_FILE_ILLEGAL isv.MONTH_LIMIT_CONTROL isp.RAM_PERMISSION_DENY
        """,
    Verdict.LATER: "isv.BUSINESS_LIMIT_CONTROL isv.DAY_LIMIT_CONTROL isv.VOICE_CALL_FAIL ServiceUnavailable",
    # A repeated nonce is a request that somebody on the way sent twice: the first one may have passed.
    Verdict.UNKNOWN: "isp.SYSTEM_ERROR isp.GATEWAY_ERROR InternalError SignatureNonceUsed",
    Verdict.REFUSED: "ComplaintReject",
}
_VERDICTS = {code: verdict for verdict, codes in _CODES.items() for code in codes.split()}
_WINDOWS_S = {"分钟级": 60.0, "小时级": 3600.0, "天级": 86400.0}  # 触发小时级流控Permits:5


def answer_of(code: str, words: str, retry_after_s: float | None = None) -> Answer:
    """The verdict on a refusal, with Aliyun's own code and words."""
    found = verdict(code)
    if found is Verdict.LATER and retry_after_s is None:
        retry_after_s = _window_s(code, words)
    return Answer(found, code, words, retry_after_s=retry_after_s)


def verdict(code: str) -> Verdict:
    """What a code means for the next step."""
    if code in _VERDICTS:
        return _VERDICTS[code]
    if code.startswith(("Throttling", "isp.")):
        return Verdict.LATER
    return Verdict.REFUSED if code.startswith("isv.") else Verdict.BROKEN


def _window_s(code: str, words: str) -> float | None:
    """How long this number is closed: from the words, which are the only place that says it."""
    for word, window_s in _WINDOWS_S.items():
        if word in words:
            return window_s
    if code == "isv.DAY_LIMIT_CONTROL":
        return 86400.0
    return 60.0 if code == "isv.BUSINESS_LIMIT_CONTROL" else None
