"""Teaching a model with sentence-transformers' trainer, measured on the way. Imports torch."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from filelock import FileLock, Timeout

from core.errors import BadRequest, ExplorerError
from core.models import ModelCard, PromptChoice, Side, Task, resolve
from core.models.device import Precision, probe
from core.models.encoder import SentenceTransformerEncoder
from core.models.files import locate, stored_prompts
from core.models.identity import identify
from core.models.load_request import LoadRequest
from core.models.loaders import LOADERS
from core.models.memory import check_fits, weights_in_memory
from core.settings import settings
from core.training.defaults import default_settings
from core.training.lesson import Lesson
from core.training.measures import Encode, Measure
from core.training.mining import with_hard_negatives
from core.training.model_card import model_card
from core.training.record import RECORD, STEPS, Checkpoint, Record
from core.training.settings import Loss, TrainingSettings
from core.training.triplets import Triplet, digest

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

MARKS = (0, 20, 40, 60, 80, 100)  # per cent of the steps at which the model is measured
TORCH_WRITER = ("PytorchStreamWriter", "inline_container")  # who speaks in torch's RuntimeError
COPIES = 4  # weights, gradients, and Adam's two moments
MeasureAll = Callable[[Encode], list[Measure]]
Draw = Callable[[Encode], np.ndarray]  # to points, (n, 2)


class OnStep(Protocol):
    """Hears of each step; may raise to stop, and the last checkpoint stays."""

    def __call__(self, done: int, total: int, loss: float | None) -> None: ...


@dataclass(frozen=True, kw_only=True)
class TrainingRequest:
    """``folder`` gets the model. The prompt is the one that documents get for the task.

    ``measured`` names what is measured beyond what ships: another, and earlier figures don't count.
    """

    card: ModelCard
    lesson: Lesson
    settings: TrainingSettings
    folder: Path
    task: Task = Task.CLUSTERING
    measured: str = ""

    def digest(self) -> str:
        """Return what names everything that decides the result."""
        told = (self.card.id, self.card.revision, self.task, digest(self.lesson.triplets))
        mined = dict(self.lesson.classes) if self.lesson.mined else None
        test = digest(self.lesson.test)
        return json.dumps(
            [*told, asdict(self.settings), test, mined, self.measured], sort_keys=True
        )


@dataclass(frozen=True, kw_only=True)
class Trained:
    """``triplets`` are those that were learned from, ``losses`` (step, mean loss since the one
    before).
    """

    request: TrainingRequest
    triplets: tuple[Triplet, ...]
    checkpoints: tuple[Checkpoint, ...]
    losses: tuple[tuple[int, float], ...]


def train(
    request: TrainingRequest, measure: MeasureAll, *, on_step: OnStep, draw: Draw | None = None
) -> Trained:
    """Teach the model, write it to the folder, and return what it could do at each mark.

    A run that was cut short goes on from its last checkpoint where everything else is the same.
    Raises BadRequest, also while another training runs here, TooLarge, what loading the model
    raises, and ExplorerError for what can't be written.
    """
    default_settings(request.card)
    with alone():
        return _train(request, measure, on_step, draw)


def _train(
    request: TrainingRequest, measure: MeasureAll, on_step: OnStep, draw: Draw | None
) -> Trained:
    model = load(request.card)
    prompt = resolve(
        request.card,
        PromptChoice(task=request.task),
        Side.DOCUMENT,
        stored=stored_prompts(request.card),
    ).render()
    steps = request.folder / STEPS
    steps.mkdir(parents=True, exist_ok=True)
    record = Record(steps / RECORD, request.digest())
    encode = _encoding(model, prompt)
    lesson = request.lesson
    triplets = with_hard_negatives(lesson, encode) if lesson.mined else lesson.triplets

    def look(percent: int, step: int) -> None:
        points = draw(encode).round(4).tolist() if draw is not None else []
        record.add(percent, step, measure(encode), points)

    trainer = _trainer(request, triplets, model, prompt, _follower(look, record, on_step))
    resumed = record.step if (steps / f"checkpoint-{record.step}").is_dir() else 0
    record.keep(resumed)
    start = str(steps / f"checkpoint-{resumed}") if resumed else None
    with _writing(request.folder):
        trainer.train(resume_from_checkpoint=start)
        model.save_pretrained(str(request.folder), create_model_card=False)
        found = Trained(
            request=request,
            triplets=triplets,
            checkpoints=record.checkpoints,
            losses=tuple(record.losses),
        )
        (request.folder / "README.md").write_text(model_card(found), encoding="utf-8")
    return found


@contextmanager
def _writing(folder: Path) -> Generator[None]:
    """Say in our words what safetensors and torch say, each in its own, of a full disk."""
    from safetensors import SafetensorError

    try:
        yield
    except (OSError, SafetensorError, RuntimeError) as error:
        if isinstance(error, RuntimeError) and not any(name in str(error) for name in TORCH_WRITER):
            raise
        said = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise ExplorerError(
            f"The model could not be written to {folder}: {said}.",
            hint="Make room and start again: it goes on from the last checkpoint.",
        ) from error


@contextmanager
def alone() -> Generator[None]:
    """Hold this machine's trainings off. Raises BadRequest while there is one."""
    path = settings().data_dir / "training.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path, timeout=0)
    try:
        with lock:
            yield
    except Timeout as error:
        raise BadRequest(
            "Another model is being taught on this machine.",
            hint="Wait for it to end, or stop it.",
        ) from error


def load(card: ModelCard) -> SentenceTransformer:
    """Return the model in exact precision. Raises TooLarge where teaching it takes too much memory,
    and what loading raises.
    """
    device = probe()
    identity = identify(card, Precision.EXACT, device)
    folder = locate(card)
    if folder is not None:
        needed = COPIES * weights_in_memory(card, folder, identity.dtype)
        check_fits(card.name, needed, identity.device)
    _, model = LOADERS[card.loader](LoadRequest(card=card, identity=identity))
    assert model is not None  # default_settings has refused the others
    return model


def _trainer(
    request: TrainingRequest,
    triplets: Sequence[Triplet],
    model: SentenceTransformer,
    prompt: str,
    follower: Any,
) -> Any:
    from datasets import Dataset
    from sentence_transformers import (
        SentenceTransformerTrainer,
        SentenceTransformerTrainingArguments,
    )
    from transformers import PrinterCallback

    asked = request.settings
    columns = {name: [getattr(each, name) for each in triplets] for name in Triplet._fields}
    batches = -(-len(triplets) // asked.batch_size)
    total = batches * asked.epochs
    arguments: Any = SentenceTransformerTrainingArguments(
        output_dir=str(request.folder / STEPS),
        num_train_epochs=asked.epochs,
        per_device_train_batch_size=asked.batch_size,
        learning_rate=asked.learning_rate,
        warmup_steps=round(asked.warmup * total),
        seed=asked.seed,
        data_seed=asked.seed,
        prompts=dict.fromkeys(Triplet._fields, prompt) if prompt else None,
        save_strategy="steps",
        save_steps=max(1, total // (len(MARKS) - 1)),
        save_total_limit=1,
        logging_steps=max(1, batches // 2),
        report_to="none",
        disable_tqdm=True,
        use_cpu=model.device.type == "cpu",
    )
    found: Any = SentenceTransformerTrainer(
        model=model,
        args=arguments,
        train_dataset=Dataset.from_dict(columns),
        loss=_loss(model, asked),
        callbacks=[follower],
    )
    found.remove_callback(PrinterCallback)  # core does not print
    return found


def _loss(model: SentenceTransformer, asked: TrainingSettings) -> Any:
    from sentence_transformers.sentence_transformer import losses

    kinds: dict[Loss, Any] = {
        Loss.RANKING: losses.MultipleNegativesRankingLoss,
        Loss.TRIPLET: losses.TripletLoss,
    }
    found = kinds[asked.loss](model)
    if not asked.matryoshka:
        return found
    return losses.MatryoshkaLoss(model, found, matryoshka_dims=list(asked.matryoshka))


def _encoding(model: SentenceTransformer, prompt: str) -> Encode:
    """Return the model as it is used, with the prompt, while it is taught, too."""
    encoder = SentenceTransformerEncoder(model)

    def encode(texts: Sequence[str]) -> np.ndarray:
        was_training = model.training
        model.eval()
        try:
            return encoder.encode(texts, [prompt] * len(texts))
        finally:
            model.train(was_training)

    return encode


def _follower(look: Callable[[int, int], None], record: Record, on_step: OnStep) -> Any:
    """Return the trainer's callback that measures at each mark and tells of each step."""
    from transformers import TrainerCallback

    class Follower(TrainerCallback):
        loss: float | None = None

        def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            self._at(0, state)

        def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **_: Any) -> None:
            if logs and "loss" in logs:
                self.loss = float(logs["loss"])
                record.losses.append((state.global_step, self.loss))

        def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            # After the checkpoint is whole: a run that goes on from it has its measures.
            self._at(_mark(state.global_step, state.max_steps), state)

        def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            on_step(state.global_step, state.max_steps, self.loss)

        def on_train_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            self._at(100, state)

        def _at(self, percent: int, state: Any) -> None:
            if percent in MARKS and not record.has(percent):
                look(percent, state.global_step)

    return Follower()


def _mark(step: int, steps: int) -> int:
    """Return the mark that this step stands for, -1 for none."""
    each = max(1, steps // (len(MARKS) - 1))
    return 20 * (step // each) if step % each == 0 and step // each < len(MARKS) - 1 else -1
