"""Getting an mteb task with its data; without a network that fails at once, not after retries."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from core.errors import HubOffline, TaskDataFailed, TaskNotFound
from core.models import hub

DEFAULT_TASKS = ("JSICK", "JSTS", "SICK-R", "STS16", "Banking77Classification")


def task_of(name: str) -> Any:
    """Return a new task of mteb's registry: each model gets its own draw. Raises TaskNotFound."""
    import mteb

    try:
        return mteb.get_task(name)
    except KeyError as error:
        raise TaskNotFound(
            f"mteb has no task {name!r}.", hint="See `mteb available-tasks`.", task=name
        ) from error


def load(task: Any) -> None:
    """Have the task's data in memory.

    Raises HubUnreachable, HubOffline, HubRefused, TaskDataFailed.
    """
    from datasets.exceptions import DatasetsError

    name = str(task.metadata.name)
    if _from_hub(task) and not _downloaded(task):
        _ask_hub(task)
    try:
        task.load_data()
    except (OSError, ValueError, DatasetsError) as error:  # what reading others' files can raise
        raise TaskDataFailed(
            f"The data of {name} can't be read: {hub.reason(error)}.",
            hint="Try again; if it stays so, the data set has changed or needs an account.",
            task=name,
            reason=hub.reason(error),
        ) from error


def _from_hub(task: Any) -> bool:
    return type(task).__module__.startswith("mteb.tasks.") and not task.data_loaded


def _downloaded(task: Any) -> bool:
    from huggingface_hub import constants
    from huggingface_hub.file_download import repo_folder_name

    about = task.metadata.dataset
    folder = repo_folder_name(repo_id=about["path"], repo_type="dataset")
    return (Path(constants.HF_HUB_CACHE) / folder / "snapshots" / about["revision"]).is_dir()


def _ask_hub(task: Any) -> None:
    """Ask for the data set once and without retries."""
    import httpx2
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HfHubHTTPError, OfflineModeIsEnabled

    about, name = task.metadata.dataset, str(task.metadata.name)
    try:
        HfApi(library_name=hub.LIBRARY).dataset_info(
            about["path"], revision=about["revision"], timeout=hub.INFO_SECONDS
        )
    except OfflineModeIsEnabled as error:
        raise HubOffline(
            f"{name} can't be downloaded: HF_HUB_OFFLINE is set.",
            hint="Start Umekomi again without HF_HUB_OFFLINE and TRANSFORMERS_OFFLINE.",
            name=name,
        ) from error
    except HfHubHTTPError as error:
        raise hub.refused(hub.reason(error)) from error
    except httpx2.TransportError as error:
        raise hub.unreachable(hub.reason(error)) from error
