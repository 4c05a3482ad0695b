"""Who has how much memory when: python timeline.py RESULTS [EVERY_S]

Takes the scenario of the first trial of the last design point of a results folder, runs the
modelled host once and prints memory and pressure of every guest.
"""

import sys

import hvmc


def main(path: str, every_s: float = 10.0) -> None:
    """Print one line per ``every_s`` simulated seconds."""
    results = hvmc.load(path)
    last = len(results.settings.points) - 1
    host = hvmc.HyperVHost(results.scenario(last, 0), seed=results.settings.seed)
    names = [guest.name for guest in host.guests]
    sys.stdout.write(
        f"| s | {' | '.join(f'{name} MiB (pressure)' for name in names)} | free MiB |\n"
    )
    sys.stdout.write(f"|{'---:|' * (len(names) + 2)}\n")
    while True:
        cells = [f"{guest.assigned_mib:.0f} ({guest.pressure:.0f})" for guest in host.guests]
        free = host.balancer.available_mib - host.balancer.assigned_mib.sum()
        sys.stdout.write(f"| {host.time:.0f} | {' | '.join(cells)} | {free:.0f} |\n")
        if host.time >= host.scenario.horizon_s:
            return
        host.run_for(every_s)


if __name__ == "__main__":
    main(sys.argv[1], *map(float, sys.argv[2:]))
