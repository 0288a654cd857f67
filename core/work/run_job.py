"""The child process of a job: ``python -m core.work.run_job FOLDER``."""

from __future__ import annotations

import importlib
import json
import sys
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from core.errors import ExplorerError, JobFailed
from core.whole_files import read_json
from core.work.guard import WorkerBug, call_guarded, end_with_parent
from core.work.job import JSON, LOG, REQUEST, JobError, JobState
from core.work.report import JobCancelled, Report
from core.work.turn import wait_for_turn


def run(folder: Path) -> None:
    """Run the folder's request and leave how it ended in its state."""
    request = read_json(folder / REQUEST)
    assert request is not None
    end_with_parent(int(request["server"]["pid"]))
    report = Report(folder)
    report.state(JobState.RUNNING)
    try:
        wait_for_turn(report)
        result = _call(request["target"], request["params"], report)
    except JobCancelled:
        report.state(JobState.CANCELLED)
    except ExplorerError as error:
        report.state(JobState.FAILED, error=vars(JobError.of(error)))
    except BaseException as error:  # noqa: BLE001 - the process ends here, whatever it was
        _log(error)
        failed = JobFailed(
            f"The job ({request['kind']}) failed in a way that nobody expected.",
            hint=f"Its details are in {folder.name}/{LOG}. Please report it.",
            kind=request["kind"],
            log=f"{folder.name}/{LOG}",
        )
        report.state(JobState.FAILED, error=vars(JobError.of(failed)))
    else:
        report.state(JobState.DONE, result=result)


def _call(target: str, params: Mapping[str, Any], report: Report) -> JSON:
    report.raise_if_cancelled()
    module, _, name = target.partition(":")
    function: Callable[..., JSON] = getattr(importlib.import_module(module), name)
    result = call_guarded(function, (params, report), {})
    json.dumps(result, allow_nan=False)  # here, where a failure is the job's
    return result


def _log(error: BaseException) -> None:
    text = (
        str(error) if isinstance(error, WorkerBug) else "".join(traceback.format_exception(error))
    )
    sys.stderr.write(text)
    sys.stderr.flush()


if __name__ == "__main__":
    run(Path(sys.argv[1]))
