"""What a scenario shows of itself."""

import hvmc


def guest(name, role, vps, maximum_mib):
    return hvmc.Guest(
        name=name,
        role=role,
        virtual_processors=vps,
        workload=hvmc.Closed(threads=2),
        memory=hvmc.Memory(maximum_mib=maximum_mib),
    )


def test_a_scenario_shows_itself_as_a_small_table():
    scenario = hvmc.Scenario(
        host=hvmc.Host(logical_processors=4, memory_mib=32768),
        guests=[
            guest("a", "victim", 1, 4096),
            *(guest(f"n{number}", "neighbour", 4, 8192) for number in range(10)),
        ],
    )
    host, *table = repr(scenario).splitlines()
    cells = [line.split() for line in table[1:]]
    html = scenario._repr_html_()
    assert html.startswith(f"<p>{host}</p><table>")
    for role, *numbers in cells:
        assert f"<th>{role}</th>" + "".join(f"<td>{n}</td>" for n in numbers) in html
    assert host == (
        f"host of 4 LPs, commitment {scenario.lp_commitment:.3g}; "
        f"32768 MiB, commitment {scenario.memory_commitment:.3g}"
    )
    assert table == [
        "role       guests    VPs max. memory, MiB",
        "victim          1      1             4096",
        "neighbour      10     40            81920",
    ]
