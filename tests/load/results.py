"""RESULTS.md: the last figures of each run, with the machine and the date that they belong to."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.load.figures import Figure

RESULTS = Path(__file__).with_name("RESULTS.md")
HEAD = """# What many visitors at once get

Each part is written by `python -m tests.load RUN --write`, on the machine that it names. "Loop" is the
CPU time of a fixed loop of Python (10 million steps) just before: the slower the machine is just then,
the longer it takes. "Others" is the share of all cores that other programs used just before.
The visitors run on the same cores as what serves them: their own use is a figure. In a part whose name
ends with "processes" and a number, so many servers stand behind nginx (`core/serve.py`), each visitor has an
address of their own, and memory is that of all servers together, without their workers.
"""


@dataclass(frozen=True, kw_only=True)
class About:
    """What the figures belong to."""

    machine: Mapping[str, object]
    date: str
    options: Mapping[str, float]
    loop_seconds: float
    others: float


def write(name: str, figures: Sequence[Figure], about: About) -> None:
    """Put the run's figures in the place of its last ones."""
    parts = dict(_parts(RESULTS.read_text(encoding="utf-8"))) if RESULTS.exists() else {}
    parts[name] = _part(figures, about)
    text = HEAD + "".join(f"\n## {each}\n\n{parts[each]}\n" for each in sorted(parts))
    RESULTS.write_text(text, encoding="utf-8")


def _parts(text: str) -> list[tuple[str, str]]:
    found = re.split(r"^## (.+)$", text, flags=re.MULTILINE)[1:]
    return [(name, body.strip()) for name, body in zip(found[::2], found[1::2], strict=True)]


def _part(figures: Sequence[Figure], about: About) -> str:
    told = about.machine
    lines = [
        f"{about.date}, commit {told['commit']}, {told['processor']}, {told['cores']} cores, "
        f"Python {told['python']}; loop {about.loop_seconds:.2f} s, others {about.others:.0%}."
    ]
    if about.options:
        lines.append("\n" + ", ".join(f"{k}: {v:g}" for k, v in about.options.items()) + ".")
    lines += ["", "| what | figure | must be at most | |", "|---|---|---|---|"]
    lines += [
        f"| {f.name} | {f.value:.4g} {f.unit} | {'' if f.most is None else f'{f.most:g}'} "
        f"| {'' if f.most is None else 'holds' if f.holds else 'does not hold'} |"
        for f in figures
    ]
    return "\n".join(lines)
