"""Adding and editing streams while a run goes on, and saving them as a scenario."""

import tomllib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Label

from emulator.catalog import load_profile, load_scenario, scenario_names
from emulator.schema.stream import Stream
from rtgen_tui.app import RtgenApp
from rtgen_tui.in_process import InProcessCore
from rtgen_tui.run_inputs import RunInputs
from rtgen_tui.scenario_file import ScenarioSaver, scenario_text
from rtgen_tui.screens.prompt import Prompt
from rtgen_tui.screens.stream_form import StreamForm
from rtgen_tui.session import RunRequest
from rtgen_tui.stream_fields import Wrong, fields_of, new_fields, stream_of
from tests.rtgen_tui.screens_for_tests import NEVER_HZ
from tests.rtgen_tui.snapshots_for_tests import make_snapshot

S = 1_000_000_000
PROFILE = load_profile("ryzen-ai-9-hx-370")
OVERLOAD = {each.name: each.to_dict() for each in load_scenario("overload").streams}
BLANK = {each.key: "" for each in new_fields()}
BLUR = BLANK | {"name": "mine", "model": "mediapipe-selfie", "rate_hz": "30"}
CHAT = BLUR | {"model": "llama-3.2-1b", "prompt_tokens": "128", "output_tokens": "[16, 32]"}


def new(**texts: str) -> Stream | Wrong:
    """What comes of these texts beside a name, a model and a rate."""
    return stream_of(BLUR | texts, new_fields(), None, PROFILE)


def edited(name: str, **texts: str) -> Stream | Wrong:
    """What comes of a stream of the overload scenario with these texts changed."""
    fields = fields_of(OVERLOAD[name])
    all_texts = {each.key: each.text for each in fields} | texts
    return stream_of(all_texts, fields, OVERLOAD[name], PROFILE)


@pytest.mark.parametrize(
    ("texts", "key", "words"),
    [
        ({"name": "two\nlines"}, "name", ""),
        ({"model": ""}, "model", "missing"),
        ({"model": "med"}, "model", "unknown model 'med'"),
        ({"rate_hz": ""}, "rate_hz", "give one of rate_hz"),
        ({"rate_hz": "fast"}, "rate_hz", "fast"),
        ({"rate_hz": "0"}, "rate_hz", "0"),
        ({"rate_hz": "-3"}, "rate_hz", "-3"),
        ({"arrival.mean_interval_s": "2"}, "arrival.mean_interval_s", "give only one of"),
        ({"rate_hz": "", "arrival.mean_interval_s": "no"}, "arrival.mean_interval_s", "no"),
        ({"deadline_ms": "soon"}, "deadline_ms", "soon"),
        ({"deadline_ms": "0"}, "deadline_ms", "0"),
        ({"prompt_tokens": "9", "output_tokens": "9"}, "prompt_tokens", "is no LLM"),
        ({"model": "llama-3.2-1b"}, "prompt_tokens", "needs prompt_tokens and output_tokens"),
        ({**CHAT, "output_tokens": ""}, "output_tokens", "needs both"),
        ({**CHAT, "output_tokens": "0"}, "output_tokens", "0"),
        ({**CHAT, "prompt_tokens": "many"}, "prompt_tokens", "many"),
        ({**CHAT, "prompt_tokens": '{dist = "odd"}'}, "prompt_tokens", "odd"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(
    texts: dict[str, str], key: str, words: str
) -> None:
    """In the words of a scenario file's errors, without the place that the field shows."""
    found = new(**texts)
    assert isinstance(found, Wrong)
    assert found.key == key
    assert words in found.words
    assert "streams[0]" not in found.words
    assert "\n" not in found.words


def test_a_stream_is_what_the_fields_say() -> None:
    """Rates, random gaps, deadlines and token counts, as in a file."""
    plain, chat = new(deadline_ms="none", name=""), new(**CHAT | {"deadline_ms": "1500.5"})
    random = new(rate_hz="", **{"arrival.mean_interval_s": "2.5"})
    assert isinstance(plain, Stream)
    assert isinstance(chat, Stream)
    assert isinstance(random, Stream)
    assert plain.rate_hz == 30
    assert plain.deadline_ms == "none"
    assert plain.name == "mediapipe-selfie"
    assert chat.to_dict()["deadline_ms"] == "1500.5"
    assert chat.to_dict()["stages"][0]["output_tokens"] == [16, 32]  # type: ignore[index]
    assert random.to_dict()["arrival"] == {"process": "poisson", "mean_interval_s": "2.5"}


@pytest.mark.parametrize("name", OVERLOAD)
def test_an_untouched_form_changes_nothing(name: str) -> None:
    """Whatever the stream says that the form does not show stays as it was."""
    found = edited(name)
    assert isinstance(found, Stream)
    assert found.to_dict() == OVERLOAD[name]


def test_an_edit_changes_what_was_touched() -> None:
    """The rate of a periodic stream, its way of releasing, the tokens of an LLM."""
    faster = edited("captions", rate_hz="2")
    random = edited("blur", rate_hz="", **{"arrival.mean_interval_s": "1"})
    longer = edited("code", output_tokens="7")
    assert isinstance(faster, Stream)
    assert isinstance(random, Stream)
    assert isinstance(longer, Stream)
    assert faster.rate_hz == 2
    assert faster.period_ms is None
    assert random.rate_hz is None
    assert longer.to_dict()["stages"][0]["output_tokens"] == 7  # type: ignore[index]
    assert isinstance(edited("code", output_tokens=""), Wrong)


@asynccontextmanager
async def live() -> AsyncIterator[tuple[RtgenApp, Pilot[None], InProcessCore]]:
    """A run of the overload scenario after a second, its first stream selected."""
    core = InProcessCore()
    request = RunRequest("ryzen-ai-9-hx-370", "overload", "fcfs")
    app = RtgenApp(lambda: core, request, NEVER_HZ)
    async with app.run_test(size=(120, 40)) as pilot:
        await app.workers.wait_for_complete()
        core.tick(S)
        await app.draw_now()
        await pilot.press("g")
        yield app, pilot, core


async def filled(app: RtgenApp, pilot: Pilot[None], **texts: str) -> None:
    """Type texts into the form, by position or key, and press enter."""
    form = app.screen
    assert isinstance(form, StreamForm)
    await app.workers.wait_for_complete()
    await pilot.pause()
    keys = list(form.texts)
    for key, text in texts.items():
        form.query_one(f"#field-{keys.index(key)}", Input).value = text
    await pilot.pause()
    await pilot.press("enter")
    await pilot.pause()


async def test_a_stream_is_added_from_the_form_after_a_mistake_is_mended() -> None:
    """The mistake is said below its field, which has the focus; then the stream runs."""
    async with live() as (app, pilot, core):
        await pilot.press("A")
        await pilot.pause()
        form = app.screen
        assert isinstance(form, StreamForm)
        while form._profile is None:
            await pilot.pause(0.01)
        await filled(app, pilot, name="mine", model="med", rate_hz="10")
        label = form.query_one("#wrong-1", Label)
        assert label.display
        assert "unknown model 'med'" in str(label.content)
        assert form.focused is form.query_one("#field-1", Input)
        await filled(app, pilot, model="mediapipe-selfie")
        core.tick(2 * S)
        await app.draw_now()
        latest = app.monitor.latest
        assert latest is not None
        assert latest.streams[-1].name == "mine"
        assert latest.streams[-1].target_hz == 10


async def test_a_stream_is_changed_while_it_runs() -> None:
    """U opens what it goes by; the run goes on with what was typed."""
    async with live() as (app, pilot, core):
        await pilot.press("u")
        await pilot.pause()
        form = app.screen
        assert isinstance(form, StreamForm)
        assert form.texts["rate_hz"] == "30"
        while form._profile is None:
            await pilot.pause(0.01)
        await filled(app, pilot, rate_hz="12", deadline_ms="20")
        core.tick(2 * S)
        await app.draw_now()
        latest = app.monitor.latest
        assert latest is not None
        assert (latest.streams[0].target_hz, latest.streams[0].deadline_ms) == (12, 20)
        assert any("blur changed" in line.text for line in latest.log)


async def test_the_run_is_saved_as_a_scenario(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """W proposes a name; a file that is there is overwritten only when asked again."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "overload-edited.toml"
    async with live() as (app, pilot, _):
        await pilot.press("w", "enter")
        await pilot.pause()
        written = path.read_text(encoding="utf-8")
        path.write_text("mine", encoding="utf-8")
        await pilot.press("w", "enter")
        await pilot.pause()
        assert isinstance(app.screen, Prompt)
        assert "overwrites" in str(app.screen.query_one(Label).content)
        assert path.read_text(encoding="utf-8") == "mine"
        await pilot.press("enter")
        await pilot.pause()
        assert path.read_text(encoding="utf-8") == written
    assert load_scenario(str(path)).streams == load_scenario("overload").streams


def inputs_of(name: str) -> RunInputs:
    """As a core would tell them of a fresh run."""
    table = load_scenario(name).to_dict()
    streams = tuple(table.pop("streams"))  # type: ignore[arg-type, var-annotated]
    return RunInputs({"name": "chip"}, table, streams, "edf", 0)


@pytest.mark.parametrize("name", scenario_names())
def test_every_scenario_is_the_same_when_saved(name: str) -> None:
    """What is written loads to equal streams."""
    text = scenario_text(inputs_of(name), make_snapshot(streams=()))
    assert load_scenario(tomllib.loads(text)).streams == load_scenario(name).streams


def test_what_cannot_be_saved_is_said(tmp_path: Path) -> None:
    """Another ending, and a folder that is not there."""
    saver = ScenarioSaver(inputs_of("overload"), make_snapshot(streams=()))
    assert "give its name that ending" in saver.save(str(tmp_path / "a.txt"))
    assert "cannot be written" in saver.save(str(tmp_path / "no" / "a.toml"))
