"""The examples run, as a reader would run them, and say what they should."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest
from aiohttp import web
from stepflow_runtime import ComponentError, StepflowRuntime

EXAMPLES = Path(__file__).parent.parent / "examples"
AUDIT = EXAMPLES / "licence_audit"
DIGEST = EXAMPLES / "log_digest"
IN_AIOHTTP = EXAMPLES / "mounted_aiohttp"
IN_ASGI = EXAMPLES / "mounted_asgi"
NAMES = ("app", "audit", "audit_report", "digest", "licence_texts", "licences", "log_formats", "run")

MIT = "Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated \
documentation files (the “Software”), to deal in the Software without restriction. The above copyright notice and \
this permission notice shall be included in all copies or substantial portions of the Software."
BSD_3 = "* Redistribution and use in source and\nbinary forms, with or without modification, are permitted. Neither \
the name of the author may be used to endorse or promote products derived from this software."


@pytest.fixture
def modules(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Imports modules of an example; they are forgotten afterwards, since several examples have a `run` or an `app`."""

    def load(folder: Path, name: str) -> ModuleType:
        monkeypatch.syspath_prepend(str(folder))
        return importlib.import_module(name)

    yield load
    for name in NAMES:
        sys.modules.pop(name, None)


def script(path: Path, *arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a script in a process of its own."""
    command = [sys.executable, str(path), *map(str, arguments)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(each for each in sys.path if each)}
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=60, check=False)


def stepflow(*arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own."""
    command = [sys.executable, "-m", "stepflow_cli", *map(str, arguments)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(each for each in sys.path if each), "NO_COLOR": "1"}
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=60, check=False)


def distribution(root: Path, name: str, metadata: str, **files: str) -> Path:
    """A distribution as an installer leaves it."""
    folder = root / f"{name}-1.0.dist-info"
    (folder / "licenses").mkdir(parents=True)
    (folder / "METADATA").write_text(f"Metadata-Version: 2.4\nName: {name}\nVersion: 1.0\n{metadata}")
    for file, text in files.items():
        (folder / "licenses" / file).write_text(text)
    return folder


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Distributions of every kind, broken ones too."""
    root = tmp_path / "site"
    distribution(root, "plain", "License-Expression: mit\n")
    distribution(root, "dual", "License-Expression: Apache-2.0 OR MIT\n")
    distribution(root, "classified", "Classifier: License :: OSI Approved :: MIT License\n")
    distribution(root, "family", "Classifier: License :: OSI Approved :: BSD License\n", LICENSE=BSD_3)
    distribution(root, "textless", "License: BSD\n")
    distribution(root, "wordy", "License: " + MIT.replace("\n", "\n        ") + "\n")
    distribution(root, "silent", "License: UNKNOWN\n")
    distribution(root, "odd|na`me", "License: My own terms\n", COPYING="Do as you are told.")
    (root / "hollow-1.0.dist-info").mkdir()
    (root / "nameless-1.0.dist-info").mkdir()
    (root / "nameless-1.0.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\n\nnothing else")
    (root / "old-1.0.egg-info").write_text("Metadata-Version: 1.0\nName: old\nVersion: 1.0\nLicense: Zlib\n")
    return root


def test_the_audit_reports_every_distribution(site: Path, tmp_path: Path) -> None:
    """Licences are grouped, families settled by their texts, and what cannot be read is named."""
    done = script(AUDIT / "run.py", "out/report.md", "--path", site, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "11 distributions" in done.stdout
    assert "not read: hollow-1.0.dist-info: it has neither METADATA nor PKG-INFO" in done.stdout
    assert "not read: nameless-1.0.dist-info: its metadata has no name" in done.stdout
    text = (tmp_path / "out" / "report.md").read_text()
    assert "| MIT | permissive | 3 | 27.3 % |" in text
    assert "family 1.0, by text of LICENSE" in text
    assert "wordy 1.0, by text in the License field" in text
    assert "textless 1.0, by License field" in text
    assert "silent 1.0: neither metadata nor a text tells" in text
    assert "odd\\|na\\`me 1.0" in text


def test_the_audit_of_this_python_finds_its_packages(tmp_path: Path) -> None:
    """Without arguments it looks where Python looks, and writes licence-audit.md."""
    done = script(AUDIT / "run.py", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Report: " in done.stdout
    assert "pytest" in (tmp_path / "licence-audit.md").read_text()


def test_a_report_that_cannot_be_written_fails_the_audit(site: Path, tmp_path: Path) -> None:
    """With a message and the exit status 1."""
    done = script(AUDIT / "run.py", site, "--path", site, cwd=tmp_path)
    assert done.returncode == 1
    assert "cannot be written" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_audit_refuses_a_bad_setting(site: Path, tmp_path: Path) -> None:
    """Variables are validated by their schema."""
    done = script(AUDIT / "run.py", "--at-a-time", 0, "--path", site, cwd=tmp_path)
    assert done.returncode == 1
    assert "at_a_time" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_audit_runs_by_the_command_line(tmp_path: Path) -> None:
    """With its config, which names the components' module."""
    done = stepflow("run", AUDIT / "flow.yaml", "--config", AUDIT / "stepflow-config.yml", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "licence-audit.md").is_file()


@pytest.mark.parametrize("folder", [AUDIT, DIGEST], ids=lambda folder: folder.name)
async def test_the_flows_are_valid(folder: Path) -> None:
    """Without any diagnostic, even strictly."""
    async with StepflowRuntime.start(folder / "stepflow-config.yml") as runtime:
        result = await runtime.validate(str(folder / "flow.yaml"), strict=True)
    assert (result.valid, result.diagnostics) == (True, [])


@pytest.mark.parametrize(
    ("text", "licence"),
    [
        ("MIT", "MIT"),
        ("The MIT License (MIT)", "MIT"),
        ("Apache License, Version 2.0", "Apache-2.0"),
        ("apache software license 2.0", "Apache-2.0"),
        ("BSD 3-Clause License", "BSD-3-Clause"),
        ("BSD", "BSD"),
        ("GPLv3", "GPL-3.0-only"),
        ("GPL v2 or later", "GPL-2.0-or-later"),
        ("GNU General Public License v3 (GPLv3)", "GPL-3.0-only"),
        ("Mozilla Public License 2.0 (MPL 2.0)", "MPL-2.0"),
        ("ISC License (ISCL)", "ISC"),
        ("Python Software Foundation License", "PSF-2.0"),
        ("mit or apache-2.0", "MIT OR Apache-2.0"),
        ("Dual MIT/Apache", None),
        ("see the file LICENSE", None),
        ("", None),
    ],
)
def test_a_licence_is_known_by_its_usual_names(modules: Any, text: str, licence: str | None) -> None:
    """Free text is brought to SPDX, or is not guessed at."""
    assert modules(AUDIT, "licences").from_name(text) == licence


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        ("mit", "MIT"),
        ("(MIT AND bsd-3-clause) or LicenseRef-Own", "(MIT AND BSD-3-Clause) OR LicenseRef-Own"),
        ("GPL-3.0+", "GPL-3.0-or-later"),
        ("GPL-2.0-only WITH Classpath-exception-2.0", "GPL-2.0-only WITH Classpath-exception-2.0"),
        ("MIT AND", None),
        ("(MIT", None),
        ("MIT)", None),
        ("MIT BSD-3-Clause", None),
        ("OR", None),
        ("a/b", None),
        ("", None),
    ],
)
def test_an_spdx_expression_is_checked_and_tidied(modules: Any, text: str, expression: str | None) -> None:
    """Identifiers get their case, malformed expressions are none."""
    assert modules(AUDIT, "licences").from_expression(text) == expression


@pytest.mark.parametrize(
    ("expression", "category"),
    [
        ("MIT", "permissive"),
        ("MIT OR GPL-3.0-only", "permissive"),
        ("MIT AND GPL-3.0-only", "strong copyleft"),
        ("LGPL", "weak copyleft"),
        ("LicenseRef-Own", "other"),
        ("MIT AND LicenseRef-Own", "other"),
        ("MIT OR LicenseRef-Own", "permissive"),
        ("GPL-2.0-only WITH Classpath-exception-2.0", "strong copyleft"),
    ],
)
def test_alternatives_are_judged_by_the_mildest(modules: Any, expression: str, category: str) -> None:
    """And what adds up by the strictest."""
    assert modules(AUDIT, "licences").category_of(expression) == category


def test_licences_are_told_by_their_texts(modules: Any) -> None:
    """Whatever their line breaks and quotes; an unknown text is not guessed at."""
    recognise = modules(AUDIT, "licence_texts").recognise
    assert recognise(MIT) == "MIT"
    assert recognise(BSD_3) == "BSD-3-Clause"
    assert recognise(BSD_3.partition("Neither")[0]) == "BSD-2-Clause"
    assert recognise("                    Apache License\n              Version 2.0, January 2004") == "Apache-2.0"
    assert recognise("all rights reserved") is None


def test_the_digest_reports_all_logs(tmp_path: Path) -> None:
    """Progress for each file, the digests with the noisiest first, and the file that is no log."""
    done = script(DIGEST / "run.py", "--at-a-time", 2, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "[5/5]" in done.stdout
    text = (tmp_path / "log-digest.txt").read_text()
    assert text in done.stdout
    assert "web-1-syslog.log (syslog)\n  150 entries in 150 lines, May 16 23:53:56 to May 17 07:22:56" in text
    assert "  8 x shop.payment: charging order 48230 failed after 3 attempts (first in line 38)\n" in text
    assert "      requests.exceptions.ReadTimeout: HTTPSConnectionPool" in text
    assert "  200 132, 404 20, 304 15, 302 7, 401 3, 503 2, 504 1\n" in text
    assert "README.txt: skipped" in text
    assert text.index("web-1-syslog") < text.index("shop-app") < text.index("worker") < text.index("shop-access")


def test_files_that_are_no_logs_are_skipped(tmp_path: Path) -> None:
    """Whatever is in them; the others are digested."""
    logs = tmp_path / "logs"
    logs.mkdir()
    (logs / "good.log").write_text("2024-05-17 06:00:12 INFO started\n")
    (logs / "empty.log").write_text("")
    (logs / "binary.log").write_bytes(bytes(range(256)) * 40)
    done = script(DIGEST / "run.py", logs, "--report", "out.txt", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "good.log: 1 entries, 0 errors" in done.stdout
    assert done.stdout.count("skipped, it is no log") == 4  # twice as progress, twice in the report


async def test_a_log_that_cannot_be_read_fails_alone(modules: Any, tmp_path: Path) -> None:
    """Its item has failed, the others have their digest, and the report names it."""
    run = modules(DIGEST, "run")
    files = [DIGEST / "logs" / "worker.jsonl", tmp_path / "gone.log"]
    batch = await run.digest(files, 2, 1)
    assert [each.is_success for each in batch.results] == [True, False]
    assert "gone.log: failed: " in run.report(files, batch)
    assert batch.run.items.failed == 1


def test_an_empty_folder_has_no_digest(tmp_path: Path) -> None:
    """With a message and the exit status 1."""
    done = script(DIGEST / "run.py", tmp_path, cwd=tmp_path)
    assert done.returncode == 1
    assert "there are no files" in done.stderr


def test_the_digest_of_one_log_by_the_command_line(tmp_path: Path) -> None:
    """With its config and a JSON input."""
    given = json.dumps({"path": str(DIGEST / "logs" / "worker.jsonl")})
    config = DIGEST / "stepflow-config.yml"
    done = stepflow("run", DIGEST / "flow.yaml", "--config", config, "--input-json", given, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "json lines" in done.stdout


def test_a_file_that_is_not_there_is_named(modules: Any, tmp_path: Path) -> None:
    """The step fails with 404."""
    digest = modules(DIGEST, "digest")
    with pytest.raises(ComponentError, match=r"gone\.log cannot be read") as failure:
        digest.scan(str(tmp_path / "gone.log"), "syslog")
    assert failure.value.code == 404


@pytest.mark.parametrize(
    ("line", "format"),
    [
        ('::1 - ann [17/May/2024:06:00:06 +0200] "GET / HTTP/1.1" 200 -', "access"),
        ("2024-05-17T06:00:12.958Z [WARN] low on paper", "application"),
        ("May  7 06:00:12 web-1 kernel: up", "syslog"),
        ('{"severity": "warn", "event": "late"}', "json lines"),
        ("It was a dark and stormy night.", None),
        ('{"no": "level"}', None),
        ("[1, 2]", None),
    ],
)
def test_a_format_is_told_by_its_lines(modules: Any, line: str, format: str | None) -> None:
    """Blank lines do not count; nothing is guessed at."""
    formats = modules(DIGEST, "log_formats")
    assert formats.format_of([line, "", "   "]) == format
    assert formats.format_of([]) is None


Host = Callable[[ModuleType], AbstractAsyncContextManager[httpx.AsyncClient]]


@asynccontextmanager
async def in_aiohttp(app: ModuleType) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the shop in aiohttp, which listens on a free port."""
    runner = web.AppRunner(app.shop())
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        async with httpx.AsyncClient(base_url=url, verify=False, trust_env=False) as client:
            yield client
    finally:
        await runner.cleanup()


@asynccontextmanager
async def in_asgi(app: ModuleType) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the shop in FastAPI, without a server between them."""
    shop = app.shop()
    transport = httpx.ASGITransport(shop)
    async with (
        shop.router.lifespan_context(shop),
        httpx.AsyncClient(transport=transport, base_url="http://host") as client,
    ):
        yield client


HOSTS = [
    pytest.param(IN_AIOHTTP, in_aiohttp, 400, id="aiohttp"),
    pytest.param(IN_ASGI, in_asgi, 422, id="FastAPI"),
]


@pytest.mark.parametrize(("folder", "host", "malformed"), HOSTS)
async def test_a_shop_runs_flows_and_serves_them(modules: Any, folder: Path, host: Host, malformed: int) -> None:
    """It prices orders itself; clients see its runs, and run its flow, through the API that it mounts."""
    async with host(modules(folder, "app")) as client:
        quoted = await client.get("/quote", params={"item": "pear", "amount": "10"})
        assert (quoted.status_code, quoted.json()) == (200, {"item": "pear", "total": 4.5})
        assert (await client.get("/quote", params={"item": "pear", "amount": "0"})).status_code == 400
        assert (await client.get("/quote", params={"item": "pear", "amount": "many"})).status_code == malformed
        assert (await client.get("/quote", params={"item": "brick"})).status_code == 502
        listed = (await client.get("/flows/api/v1/runs", params={"tag": "from:web"})).json()["runs"]
        assert [each["status"] for each in listed] == ["failed", "completed"]
        body = {"flowName": "quote", "input": [{"item": "melon", "amount": 2}]}
        run = await client.post("/flows/api/v1/runs", json=body)
        assert run.json()["result"]["result"] == {"item": "melon", "total": 6.0}
        assert run.headers["location"].startswith("/flows/api/v1/runs/")
        assert (await client.get(run.headers["location"])).json()["status"] == "completed"
        assert (await client.get("/flows/docs")).status_code == 200


def test_the_shops_have_one_flow() -> None:
    """What is mounted is the same, whatever it is mounted into."""
    assert (IN_AIOHTTP / "quote.yaml").read_text() == (IN_ASGI / "quote.yaml").read_text()
