"""Text that arrives at the emulated token rate."""

import pytest

from rtgen_tui.dialogue import answer, text_for, tokens
from rtgen_tui.widgets.dialogue import DialoguePane, lay_out
from tests.rtgen_tui.snapshots_for_tests import make_llm_stream, make_snapshot, make_stream
from tests.rtgen_tui.widgets.stage import drawn, picture, staged

NAME = "npc-dialogue"


async def text_of(**changes: object) -> str:
    """The words on screen for a stream in this state."""
    stream = make_llm_stream(0)._replace(**changes)  # type: ignore[arg-type]
    rows = await drawn(DialoguePane(), 60, 12, make_snapshot(streams=(stream,)))
    return " ".join(row.strip("│ ") for row in rows[1:-1]).strip()


async def test_the_frame_tells_job_phase_and_rates() -> None:
    """And that no model wrote the words."""
    rows = await drawn(DialoguePane(), 80, 6, make_snapshot())

    assert rows[0] == (
        "╭─ npc-dialogue #7  decode 34/60 tok ──── stream 21.4 tok/s · TTFT p50 312 ms ─╮"
    )
    assert rows[-1].endswith("─ built-in text, emulated timing ─╯")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"llm_tokens": 26, "phase": "wait"}, "decode 26/60 tok"),
        ({"llm_tokens": 3, "phase": "prefill"}, "decode 3/60 tok"),
        ({"llm_tokens": 60, "phase": "decode"}, "finished 60/60 tok"),
        ({"llm_tokens": 0, "phase": "prefill"}, "prefill 0/60 tok"),
        ({"llm_tokens": 0, "phase": "wait"}, "waits 0/60 tok"),
        ({"llm_tokens": 26, "phase": "", "in_flight": 0}, "broken off 26/60 tok"),
    ],
)
async def test_the_phase_is_that_of_the_answer_shown(
    changes: dict[str, object], expected: str
) -> None:
    """The stream's own phase may be that of a newer job."""
    stream = make_llm_stream(0)._replace(**changes)  # type: ignore[arg-type]
    rows = await drawn(DialoguePane(), 80, 6, make_snapshot(streams=(stream,)))

    assert f" #7  {expected} " in rows[0]


async def test_figures_that_say_nothing_are_left_out() -> None:
    """The stream's rate beside a finished answer, and a TTFT that nobody knows."""
    finished = make_llm_stream(0, llm_tokens=60, ttft_p50_ms=9204.0)
    unknown = make_llm_stream(0, ttft_p50_ms=None)
    titles = [
        (await drawn(DialoguePane(), 80, 6, make_snapshot(streams=(each,))))[0]
        for each in (finished, unknown)
    ]

    assert titles[0].endswith("── TTFT p50 9.2 s ─╮")
    assert "tok/s" not in titles[0]
    assert titles[1].endswith("── stream 21.4 tok/s ─╮")


async def test_as_many_tokens_are_shown_as_were_produced() -> None:
    """With a cursor where the next one will appear."""
    expected = "".join(answer(NAME, 7, 0, 34))

    assert await text_of() == f"{expected}▌"


async def test_before_the_first_token_it_prefills() -> None:
    """The wait for the first token is visible."""
    assert await text_of(phase="prefill", llm_tokens=0) == "prefill…"
    assert await text_of(phase="wait", llm_tokens=0) == "waiting…"


async def test_a_finished_answer_is_whole_and_gray() -> None:
    """No cursor is left."""
    pane = DialoguePane()
    done = make_llm_stream(0, llm_tokens=60, phase="")

    async with staged(pane, 60, 12, make_snapshot(streams=(done,))):
        row = pane.render_line(1)

        assert "finished 60/60 tok" in picture(pane)[0]
        assert [s.style for s in row][1] == pane.palette("muted")
        assert await text_of(llm_tokens=60, phase="") == "".join(answer(NAME, 7, 0, 60))


async def test_the_newest_words_stay_in_view() -> None:
    """Older lines scroll out at the top."""
    rows = await drawn(DialoguePane(), 30, 4, make_snapshot())
    whole = "".join(answer(NAME, 7, 0, 34))

    assert rows[2].strip("│ ").removesuffix("▌") == whole[-len(rows[2].strip("│ ▌")) :]


async def test_words_do_not_jump_while_they_grow() -> None:
    """A line once shown only gets longer."""
    pane = DialoguePane()

    async with staged(pane, 40, 12) as pilot:
        await pilot.pause()
        before: list[str] = []
        for count in range(1, 60):
            stream = make_llm_stream(0, llm_tokens=count)
            pane.show(make_snapshot(streams=(stream,)))
            rows = [row.strip("│ ").removesuffix("▌") for row in picture(pane)[1:-1]]
            assert all(now.startswith(old) for old, now in zip(before, rows, strict=False))
            before = rows


async def test_the_selected_stream_speaks_if_it_can() -> None:
    """Else the one that decodes, then one that prefills."""
    streams = (
        make_stream(0, "blur"),
        make_llm_stream(1, "summary", phase="prefill"),
        make_llm_stream(2, "npc"),
    )
    pane = DialoguePane()

    async with staged(pane, 60, 6, make_snapshot(streams=streams)):
        assert " npc #7" in picture(pane)[0]
        pane.selected = 1
        assert " summary #7" in picture(pane)[0]
        pane.selected = 0
        assert " npc #7" in picture(pane)[0]


async def test_the_pane_stays_with_the_last_speaker() -> None:
    """Its answer can be read when it is finished."""
    pane = DialoguePane()
    first, second = make_llm_stream(0, "npc"), make_llm_stream(1, "summary", phase="", llm_job=-1)

    async with staged(pane, 60, 6, make_snapshot(streams=(first, second))):
        done = first._replace(phase="", llm_tokens=60)
        pane.show(make_snapshot(streams=(done, second)))
        assert " npc #7" in picture(pane)[0]

        pane.show(make_snapshot(streams=(done, second._replace(phase="decode", llm_job=0))))
        assert " summary #0" in picture(pane)[0]


async def test_without_an_answer_nothing_is_invented() -> None:
    """Streams without a language model have nothing to say."""
    rows = await drawn(DialoguePane(), 60, 4, make_snapshot(streams=(make_stream(),)))

    assert "no answer has begun" in rows[1]


def test_tokens_are_about_three_quarters_of_a_word() -> None:
    """The rule of thumb for English, over all texts."""
    texts = [text_for(name, job) for name in ("npc", "summary", "question") for job in range(8)]

    words = sum(len(text.split()) for text in texts)
    pieces = sum(len(tokens(text)) for text in texts)

    assert 0.7 < words / pieces < 0.8


def test_tokens_joined_are_the_text() -> None:
    """Nothing is lost or added."""
    for name in ("npc", "summary", "question"):
        for job in range(8):
            text = text_for(name, job)
            assert "".join(tokens(text)) == text


def test_streams_say_what_suits_their_name() -> None:
    """Jobs go through the texts in turn."""
    assert len({text_for("npc-dialogue", job) for job in range(8)}) == 8
    assert text_for("npc", 1) == text_for("npc", 9)
    assert text_for("meeting-summary", 0) != text_for("npc-dialogue", 0)


def test_a_long_answer_begins_the_text_anew() -> None:
    """The seam is a blank, not a glued word."""
    size = len(tokens(text_for(NAME, 0)))

    long = "".join(answer(NAME, 0, 0, size + 3))

    assert long == f"{text_for(NAME, 0)} {''.join(answer(NAME, 0, 0, 3))}"
    assert "".join(answer(NAME, 0, size, 3)) == f" {''.join(answer(NAME, 0, 0, 3))}"


def test_the_layout_holds_every_token_once() -> None:
    """So that counting tokens shows the right words, at any width."""
    for width in (1, 5, 20, 60):
        lines = lay_out(NAME, 3, 0, 100, width)
        assert sum(map(len, lines)) == 100
        assert all(sum(map(len, line)) <= max(1, width - 1) for line in lines)
