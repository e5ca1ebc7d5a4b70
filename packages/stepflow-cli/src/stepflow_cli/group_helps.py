"""What `--help` says of the commands that come in groups."""

from __future__ import annotations

from typing import NamedTuple

from .helps import Help


class GroupHelp(NamedTuple):
    """The help page of a group: what it is about, and its commands."""

    text: str
    commands: dict[str, Help]


_CODES = "Exit codes: 0, or 2 where the server, the command line or what is named cannot be used."

GROUPS = {
    "runs": GroupHelp(
        "List, show, follow, cancel and delete the runs of a server.",
        {
            "list": Help(
                "stepflow_cli.run_listing:list_runs",
                f"""List runs, the newest first.

On a terminal there is a table, else a line per run with tabs between id, flow, state, items, creation and time taken.

With `--json` the answer is `{{"runs": […], "nextCursor"?: …}}`.

{_CODES}""",
                """\
    stepflow runs list --status failed --since 1d
    stepflow runs list --flow greet --tag env=prod --limit 200
    stepflow runs list --json
""",
            ),
            "show": Help(
                "stepflow_cli.run_page:show_run",
                f"""Show a run: its state, input, steps and result; of a batch its items.

Below a step stand those of the runs that it has started, such as the items of a map. A part of the run's id will do.

With `--json` the answer is `{{"run": …, "items": […], "steps": […], "moreSteps"?: true}}`; there are steps where there
is one item, or one is asked for, and of large maps the first thousand. With `--step` it is the step alone.

{_CODES}""",
                """\
    stepflow runs show 01983a3e-5b6f-7a86-8c34-0f5d2a6d9e11
    stepflow runs show 0f5d2a6d9e11 --item 7
    stepflow runs show 0f5d2a6d9e11 --step "fan[2]/each"
""",
            ),
            "events": Help(
                "stepflow_cli.run_events:show_events",
                f"""Show what happened in a run and its sub-runs, an event per line.

With `--json` each line is the event as JSON.

{_CODES} 130 Ctrl-C; the run goes on.""",
                """\
    stepflow runs events 01983a3e-5b6f-7a86-8c34-0f5d2a6d9e11
    stepflow runs events 01983a3e-5b6f-7a86-8c34-0f5d2a6d9e11 --follow --type step_completed
    stepflow runs events 01983a3e-5b6f-7a86-8c34-0f5d2a6d9e11 --json --after 41
""",
            ),
            "cancel": Help(
                "stepflow_cli.run_ending:cancel_runs",
                """Cancel runs at once.

With `--json` the answer is an object for each: `{"id": …, "state": …}`, or `{"id": …, "error": {…}}`.

Exit codes: 0, or 2 where one of them is not there or has ended.""",
                """\
    stepflow runs cancel 01983a3e-5b6f-7a86-8c34-0f5d2a6d9e11
    stepflow runs list --status running | cut -f1 | xargs stepflow runs cancel --reason "the wrong model"
""",
            ),
            "delete": Help(
                "stepflow_cli.run_ending:delete_runs",
                """Delete runs that have ended, with their items, steps and events.

On a terminal it asks first. With `--json` the answer is an object for each: `{"id": …, "state": "deleted"}`, or
`{"id": …, "error": {…}}`.

Exit codes: 0, or 2 where one of them is not there or has not ended.""",
                """\
    stepflow runs delete 0f5d2a6d9e11
    stepflow runs list --status failed | cut -f1 | xargs stepflow runs delete
""",
            ),
        },
    ),
    "flows": GroupHelp(
        "List, show, store and delete the flows of a server.",
        {
            "list": Help(
                "stepflow_cli.flow_listing:list_flows",
                f"""List the flows that are stored under a name, every version.

On a terminal there is a table, else a line per flow with tabs between name, version, id and description. With `--json`
the answer is `{{"flows": […]}}`.

{_CODES}""",
                """\
    stepflow flows list
    stepflow flows list --json
""",
            ),
            "show": Help(
                "stepflow_cli.flow_page:show_flow",
                f"""Show a stored flow: its variables, its steps and what they need.

With `--json` the answer is `{{"flowId": …, "flow": …, "variables": …, "graph": …}}`.

{_CODES}""",
                """\
    stepflow flows show greet
    stepflow flows show greet@1.2 --json
    stepflow flows show greet --yaml > greet.yaml
""",
            ),
            "store": Help(
                "stepflow_cli.flow_storing:store_flows",
                """Store flows under their names; what the server finds wrong with them is shown with its place.

With `--json` the answer is an object for each: `{"file": …, "flowId"?: …, "stored": …, "diagnostics": […]}`.

Exit codes: 0, or 2 where one of them cannot be stored.""",
                """\
    stepflow flows store greet.yaml
    stepflow flows store draft.yaml --name greet-next
    stepflow flows store flows/*.yaml --dry-run
""",
            ),
            "delete": Help(
                "stepflow_cli.flow_storing:delete_flows",
                """Delete stored flows. A name that has several versions needs one of them: name@version.

On a terminal it asks first. With `--json` the answer is an object for each: `{"id": …, "state": "deleted"}`, or
`{"id": …, "error": {…}}`.

Exit codes: 0, or 2 where one of them is not there or runs use it.""",
                """\
    stepflow flows delete greet@1.1
""",
            ),
        },
    ),
}
