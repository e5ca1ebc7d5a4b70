"""The analysis of one flow: do its references lead somewhere, and is everything in it of use."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence

from .catalogue import Code
from .context import Context
from .mentions import Part, StepMention, VariableMention
from .parse_step import StepDraft
from .problems import Problems
from .wording import quoted


def analyse(steps: Sequence[StepDraft | None], output: Part, context: Context) -> None:
    """Report what is wrong with the ids, references and variables of a flow, and the steps that nothing needs.

    `None` among the steps is one that could not be read.
    """
    read = [step for step in steps if step]
    indexes = indexes_of(read)
    _check_unique(read, indexes, context.problems)
    references = _References(read, indexes, context.problems)
    for step in read:
        references.check_step(step)
    references.check_output(output)
    _check_variables([*(step.part for step in read), output], context)
    if not context.problems.broken:
        _warn_of_unreachable(read, output, indexes, context.problems)


def indexes_of(steps: Iterable[StepDraft]) -> dict[str, int]:
    """The index of each step by its id; of those that share one, the first."""
    indexes: dict[str, int] = {}
    for step in steps:
        if step.model.id:
            indexes.setdefault(step.model.id, step.model.index)
    return indexes


def _check_unique(steps: Iterable[StepDraft], indexes: dict[str, int], problems: Problems) -> None:
    for step in steps:
        first = indexes.get(step.model.id, step.model.index)
        if first != step.model.index:
            text = f"the id {quoted(step.model.id)} is already that of step {first} (counted from 0)"
            problems.report(Code.DUPLICATE_STEP_ID, text, (*step.location, "id"), "give each step an id of its own")


class _References:
    """Checks the steps that parts of one flow name against the steps that there are."""

    def __init__(self, steps: Sequence[StepDraft], indexes: dict[str, int], problems: Problems) -> None:
        self._indexes = indexes
        self._problems = problems
        self._odd_ids = sorted(each.model.id for each in steps if not each.model.id.isidentifier())

    def check_step(self, step: StepDraft) -> None:
        for mention in (*step.part.steps, *step.after):
            index = self._indexes.get(mention.step)
            if index is None:
                self._report_unknown(mention)
            elif mention.step == step.model.id:
                self._report_self(mention)
            elif index > step.model.index:
                self._report_later(mention, step)

    def check_output(self, output: Part) -> None:
        for mention in output.steps:
            if mention.step not in self._indexes:
                self._report_unknown(mention)

    def _report_unknown(self, mention: StepMention) -> None:
        hint = self._problems.suggest(mention.step, self._indexes)
        if mention.place and (odd := self._odd_id(mention.step)):
            hint = f"a step whose id is not a plain name comes in by `with`: {{name: {{$step: {quoted(odd)}}}}}"
        text = f"there is no step {quoted(mention.step)}{mention.place}"
        self._problems.report(Code.UNDEFINED_STEP_REFERENCE, text, mention.location, hint)

    def _odd_id(self, beginning: str) -> str | None:
        """The id that a text may have meant by its beginning: there `steps.my-step` is `steps.my` minus `step`."""
        place = bisect_left(self._odd_ids, beginning)
        return next((each for each in self._odd_ids[place : place + 1] if each.startswith(beginning)), None)

    def _report_later(self, mention: StepMention, step: StepDraft) -> None:
        text = f"the step {quoted(mention.step)} comes later{mention.place}; a step can use earlier ones only"
        hint = f"move {quoted(mention.step)} before {quoted(step.model.id)}"
        self._problems.report(Code.UNDEFINED_STEP_REFERENCE, text, mention.location, hint)

    def _report_self(self, mention: StepMention) -> None:
        text = f"the step {quoted(mention.step)} uses its own result{mention.place}"
        self._problems.report(Code.SELF_REFERENCE, text, mention.location)


def _check_variables(parts: Iterable[Part], context: Context) -> None:
    undeclared = [each for part in parts for each in part.variables if each.name not in (context.variables or ())]
    if context.variables is None:
        _warn_of_missing_schema(undeclared, context.problems)
        return
    for mention in undeclared:
        code = Code.UNDEFINED_VARIABLE if mention.has_default else Code.UNDEFINED_REQUIRED_VARIABLE
        guess = context.problems.suggest(mention.name, context.variables)
        hint = guess or "declare it in the flow's `schemas.variables`"
        text = f"the variable {quoted(mention.name)} is not declared"
        context.problems.report(code, text, mention.location, hint)


def _warn_of_missing_schema(mentions: Iterable[VariableMention], problems: Problems) -> None:
    """Once for each name: the cure is one schema, wherever the name is used."""
    firsts = {mention.name: mention for mention in reversed(list(mentions))}
    for mention in reversed(firsts.values()):
        text = f"the flow declares no variables, and uses {quoted(mention.name)}"
        hint = f"write schemas: {{variables: {{type: object, properties: {{{mention.name:.60}: …}}}}}}"
        problems.report(Code.MISSING_VARIABLE_SCHEMA, text, mention.location, hint)


def _warn_of_unreachable(steps: Sequence[StepDraft], output: Part, indexes: dict[str, int], problems: Problems) -> None:
    needed = {indexes[each.step] for each in output.steps}
    # Steps name earlier ones only, so that one pass backwards finds everything.
    for step in reversed(steps):
        if step.model.must_execute or step.model.index in needed:
            needed.add(step.model.index)
            needed.update(indexes[each.step] for each in (*step.part.steps, *step.after))
    for step in steps:
        if step.model.index not in needed:
            text = f"nothing needs the step {quoted(step.model.id)}, so it never runs"
            hint = "use it in the output, set `mustExecute`, or leave it out"
            problems.report(Code.UNREACHABLE_STEP, text, step.location, hint)
