"""What to do when bubblewrap cannot set up a run, told from what it says."""

MENDS = (
    ("uid map", "AppArmor may forbid user namespaces (Ubuntu): sysctl kernel.apparmor_restrict_unprivileged_userns=0"),
    (
        "namespace",
        "allow user namespaces: sysctl kernel.unprivileged_userns_clone=1 user.max_user_namespaces=10000; in Docker, run with "
        "--security-opt seccomp=unconfined",
    ),
    ("mount proc", "in Docker, run with --security-opt systempaths=unconfined"),
    ("pivot_root", "in Docker, run as an ordinary user instead of with --cap-add SYS_ADMIN"),
    ("mount", "this user may not mount: run as an ordinary user with user namespaces, or as root with CAP_SYS_ADMIN"),
    ("Unknown option", "bubblewrap is too old: 0.8.0 or later is needed"),
)
OTHERWISE = "call sandbox.probe() to see what this machine lacks"


def remedy(said: str) -> str:
    """The mend for a complaint."""
    return next((mend for mark, mend in MENDS if mark in said), OTHERWISE)
