"""What `--help` says of each command: what it does, and examples. The options speak for themselves."""

from __future__ import annotations

from typing import NamedTuple


class Help(NamedTuple):
    """The help page of a command, in Markdown; the first paragraph of `text` stands in the list of commands."""

    target: str
    text: str
    examples: str


COMMANDS = {
    "run": Help(
        "stepflow_cli.run:run",
        """Run a flow and write its result to standard output as JSON.

The result is `{"outcome": "success", "result": …}`, `{"outcome": "failed", "error": …}` or
`{"outcome": "skipped"}`; of a batch one of these per line, in the order of the inputs. What happens meanwhile
is said on stderr: a tree of the steps on a terminal, else a line for each change of a step.

Exit codes: 0 completed or skipped, 1 failed (of a batch: at least one item), 2 the flow, an input, the config or the
command line cannot be used, 3 cancelled or not ended in time, 130 Ctrl-C, 143 SIGTERM, 70 an internal error.""",
        """\
    stepflow run greet.yaml --input-json '{"name": "World"}'
    stepflow run greet.yaml --input person.yaml --variables settings.yaml
    cat person.json | stepflow run greet.yaml --input -
    stepflow run greet.yaml --inputs people.jsonl --output greetings.jsonl
""",
    ),
    "validate": Help(
        "stepflow_cli.validate:validate",
        """Check flows without running them.

Every problem is shown with its place. Folders are searched for flows: YAML and JSON files with `steps`.

Exit codes: 0 all are valid, 2 at least one is not (with `--strict`: or has a warning).""",
        """\
    stepflow validate greet.yaml
    stepflow validate flows/ --strict
    stepflow validate flows/ --json > report.json
""",
    ),
    "test": Help(
        "stepflow_cli.testing:run_tests",
        """Run the test cases that flows carry.

A case stands under `test.cases` of a flow: a name, an input, and the output and states of steps that are expected.
Time is skipped: sleeps, back-offs and timeouts take none.

Exit codes: 0 all cases passed, 1 at least one failed, 2 a flow, its cases or its config cannot be used.""",
        """\
    stepflow test greet.yaml
    stepflow test flows/ --case "greets*" --diff
    stepflow test flows/ --update
""",
    ),
    "list-components": Help(
        "stepflow_cli.components:list_components",
        """List the components that flows can use.

Exit codes: 0, or 2 where the config cannot be used.""",
        """\
    stepflow list-components
    stepflow list-components --config stepflow-config.yml --schemas
    stepflow list-components --json
""",
    ),
    "serve": Help(
        "stepflow_cli.serve:serve",
        """Serve the engine over HTTP.

It listens on this computer alone; for an address that others can reach it needs an API key. Every option can be
set in the environment too: STEPFLOW_PORT for `--port`. As soon as requests are answered a line on standard output
says where; the log goes to stderr. Ctrl-C and SIGTERM let running steps finish. A flow of
the folder that cannot be used is told in the log, and keeps nothing else from being served.

Exit codes: 0 ended when it was told to, 2 a setting, the config, the folder or the address cannot be used.""",
        """\
    stepflow serve
    stepflow serve --port 8000 --flows flows/
    STEPFLOW_API_KEY=… stepflow serve --host 0.0.0.0
""",
    ),
    "submit": Help(
        "stepflow_cli.submit:submit",
        """Run a flow on a server and write its result, as `stepflow run` does.

A file is stored on the server first; an id or a name is a flow that is stored there. With `--no-wait` the id of the
run is written at once (with `--json`: `{"runId": …}`), and `stepflow runs` has the rest.

Exit codes: those of `stepflow run`; 2 also where the server does not answer.""",
        """\
    stepflow submit greet.yaml --input-json '{"name": "World"}'
    stepflow submit greet --url https://flows.example.org --inputs people.jsonl
    run=$(stepflow submit greet.yaml --no-wait)
    stepflow runs events "$run" --follow
""",
    ),
    "doctor": Help(
        "stepflow_cli.doctor:doctor",
        """Look into what commands rely on: Python, packages, config, and a server with its version, clock and key.

A server that is not there is a failure only where one is named, by `--url` or STEPFLOW_URL. With `--json` the answer is
a list of what was found: `{"about": …, "health": "ok" | "warning" | "failed", "text": …, "advice"?: …}`.

Exit codes: 0 everything can be used, 2 something cannot.""",
        """\
    stepflow doctor
    stepflow doctor --url https://flows.example.org --json
""",
    ),
}
