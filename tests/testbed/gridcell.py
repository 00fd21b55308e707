"""What the Grid Engine of the tests pretends to be, as the files that qconf and its tools read.

Queues, projects and resources are those of a university's cluster: ``rmem`` is memory of each
slot, ``gpu`` counts for the whole job. Sources: man sge_conf, queue_conf, complex, sge_pe,
project, access_list, sched_conf, bootstrap.
"""

import re
from collections.abc import Mapping
from pathlib import Path

STOCK = Path("/usr/share/gridengine")
PROGRAMS = Path("/usr/lib/gridengine")
HOST = "localhost"
RESOURCES = {"memory": "rmem", "gpu": "gpu"}
"""The table of agent.toml for this cell."""

QUEUES: Mapping[str, tuple[int, str, str]] = {
    "shared.q": (40, "96:00:00", "NONE"),
    "gpu.q": (16, "24:00:00", "gpu"),
    "rse.q": (16, "12:00:00", "rse,gen2reg"),
}
"""Name -> slots, time limit, projects whose jobs it takes."""

PROJECTS = {"gpu": "NONE", "rse": "NONE", "gen2reg": "sequencers"}
"""Name -> access list of those who may charge it."""


def bootstrap(cell: Path) -> str:
    """Return the file that all programs read first."""
    text = (STOCK / "default-bootstrap").read_text()
    changes = {
        "spooling_params": str(cell / "spool" / "db"),
        "qmaster_spool_dir": str(cell / "spool" / "qmaster"),
        "binary_path": str(PROGRAMS),
    }
    return _changed(text, changes)


def configuration(cell: Path) -> str:
    """Return the global configuration: accounting at once, no mail, quick load reports."""
    text = (STOCK / "default-configuration").read_text()
    changes = {
        "execd_spool_dir": str(cell / "spool" / "execd"),
        "mailer": f"{cell}/mailer",
        "load_report_time": "00:00:02",
        "auto_user_delete_time": "0",
        "reporting_params": "accounting=true reporting=false flush_time=00:00:00"
        " accounting_flush_time=00:00:00 joblog=false sharelog=00:00:00",
    }
    return _changed(text, changes)


def scheduling(stock: str) -> str:
    """Return *stock* (``qconf -ssconf``) changed to look after the jobs every second."""
    changes = {
        "schedule_interval": "0:0:1",
        "flush_submit_sec": "1",
        "flush_finish_sec": "1",
        "job_load_adjustments": "NONE",
        "load_formula": "slots",
    }
    return _changed(stock, changes)


def complexes(stock: str) -> str:
    """Return *stock* (``qconf -sc``) with the resources of this cluster."""
    return stock + "gpu gpu INT <= YES JOB 0 0\nrmem rmem MEMORY <= YES YES 2G 0\n"


def queue(stock: str, name: str) -> str:
    """Return *stock* (``qconf -sq``) as this queue; a job has 5 s after it was told to end."""
    slots, limit, projects = QUEUES[name]
    changes = {
        "qname": name,
        "hostlist": HOST,
        "slots": str(slots),
        "h_rt": limit,
        "projects": projects,
        "pe_list": "smp mpi",
        "load_thresholds": "NONE",
        "notify": "00:00:05",
        "shell": "/bin/bash",
    }
    return _changed(stock, changes)


def environment(name: str) -> str:
    """Return the parallel environment: ``smp`` on one host, ``mpi`` on several."""
    rule = "$pe_slots" if name == "smp" else "$round_robin"
    return (
        f"pe_name {name}\nslots 999\nuser_lists NONE\nxuser_lists NONE\nstart_proc_args NONE\n"
        f"stop_proc_args NONE\nallocation_rule {rule}\ncontrol_slaves TRUE\n"
        "job_is_first_task TRUE\nurgency_slots min\naccounting_summary TRUE\nqsort_args NONE\n"
    )


def project(name: str) -> str:
    """Return a project."""
    return f"name {name}\noticket 0\nfshare 0\nacl {PROJECTS[name]}\nxacl NONE\n"


def access_list() -> str:
    """Return the people who may charge the project that is not for everybody."""
    return "name sequencers\ntype ACL\nfshare 0\noticket 0\nentries carol\n"


def _changed(text: str, changes: Mapping[str, str]) -> str:
    for name, value in changes.items():
        line = re.compile(rf"^{name}\s.*$", re.MULTILINE)
        assert line.search(text), name
        text = line.sub(f"{name} {value}", text)
    return text
