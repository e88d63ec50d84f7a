"""What is news on a logger's line, and when it is asked again."""

from gateway.protocol.cclog_session import ANSWER_S, LATEST_S, MOST_ASKS, Act, Session
from tests.gateway.parts import line


def session(interval_s: float = 60.0) -> Session:
    return Session(lambda: interval_s, 0.0)


def ns(lines):
    return [one.n for one in lines]


def test_each_line_is_news_once():
    talk = session()
    assert ns(talk.feed(line("a1", 1, "D1=0"), 1)) == [1]
    assert ns(talk.feed(line("a1", 1, "D1=0"), 1.1)) == []
    assert ns(talk.feed(line("a1", 2, "D1=0"), 61)) == [2]


def test_a_doubled_line_in_one_piece_is_one_reading():
    assert ns(session().feed(line("a1", 1, "D1=0") * 2, 1)) == [1]


def test_a_device_that_counts_anew_is_heard():
    talk = session()
    assert ns(talk.feed(line("a1", 0, "D1=0"), 1)) == [0]
    assert ns(talk.feed(line("a1", 0, "D1=0"), 61)) == [0]


def test_a_garbled_line_is_asked_for_again_and_its_answer_is_news():
    talk = session()
    talk.feed(line("a1", 1, "T1=+4.50"), 1)
    assert talk.feed(b"$CCLOG,a1,2,T1=+9.50*00\r\n", 61) == []
    assert talk.act(61) is Act.ASK
    assert ns(talk.feed(line("a1", 2, "T1=+4.60"), 61.1)) == [2]
    assert talk.act(61.2) is Act.WAIT


def test_noise_between_two_lines_repeats_no_reading():
    talk = session()
    talk.feed(line("a1", 1, "D1=0"), 1)
    talk.feed(b"\xff\xfe\n", 30)
    assert talk.act(30) is Act.ASK
    assert talk.feed(line("a1", 1, "D1=0"), 30.1) == []
    assert talk.act(30.2) is Act.WAIT


def test_endless_noise_is_told_as_garbled_after_three_questions():
    talk, now, acts = session(), 0.0, []
    for _ in range(MOST_ASKS + 1):
        talk.feed(b"noise\n", now)
        acts.append(talk.act(now))
        now += ANSWER_S
    assert acts == [Act.ASK] * MOST_ASKS + [Act.GIVE_UP_GARBLED]


def test_an_overdue_line_is_asked_for_and_silence_is_told():
    talk = session(60)
    assert talk.act(89) is Act.WAIT
    acts = [talk.act(90 + n * ANSWER_S) for n in range(MOST_ASKS + 1)]
    assert acts == [Act.ASK] * MOST_ASKS + [Act.GIVE_UP_SILENT]
    assert talk.act(100) is Act.WAIT
    assert talk.act(90 + 3 + 90) is Act.ASK


def test_a_lost_line_is_brought_back_by_the_question():
    talk = session(60)
    talk.feed(line("a1", 1, "D1=0"), 0)
    assert talk.act(90) is Act.ASK
    assert ns(talk.feed(line("a1", 2, "D1=0"), 90.1)) == [2]


def test_an_answer_of_unknown_age_is_no_reading():
    talk = session(60)
    assert talk.act(90) is Act.ASK
    assert talk.feed(line("a1", 7, "D1=0"), 90.1) == []
    assert ns(talk.feed(line("a1", 8, "D1=0"), 100)) == [8]


def asked_three_times(talk: Session, first: float) -> float:
    for n in range(MOST_ASKS):
        assert talk.act(first + n * ANSWER_S) is Act.ASK
    return first + MOST_ASKS * ANSWER_S


def test_a_late_logger_that_answers_every_question_has_said_it_once():
    talk = session(60)
    assert ns(talk.feed(line("a1", 1, "D1=0"), 0)) == [1]
    late = asked_three_times(talk, 90)
    assert [ns(talk.feed(line("a1", 1, "D1=0"), late + n)) for n in range(MOST_ASKS)] == [[], [], []]


def test_an_answer_after_we_gave_up_is_no_second_reading():
    talk = session(60)
    talk.feed(line("a1", 1, "D1=0"), 0)
    late = asked_three_times(talk, 90)
    assert talk.act(late) is Act.GIVE_UP_SILENT
    assert talk.feed(line("a1", 1, "D1=0") * MOST_ASKS, late + 5) == []
    assert ns(talk.feed(line("a1", 2, "D1=0"), late + 6)) == [2]


def test_a_logger_that_begins_anew_long_after_our_questions_is_heard():
    talk = session(60)
    talk.feed(line("a1", 0, "D1=0"), 0)
    late = asked_three_times(talk, 90)
    assert talk.act(late) is Act.GIVE_UP_SILENT
    assert ns(talk.feed(line("a1", 0, "D1=0"), late + LATEST_S)) == [0]
