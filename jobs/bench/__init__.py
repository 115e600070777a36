"""Measures what an audit costs on this machine, relative to reading the same bytes with the standard library.

A benchmark takes a sample of the mirror's artifacts and measures, each in a process of its own:

- the *floor* (`floor`): tarfile and zipfile read every member; every other figure is given as a multiple of it;
- *extraction* (`extracting`): artifacts become rows and parts, with the seconds of each stage (`stages`);
- *scoring* (`scoring`): the rows of the sample get scores;
- *whole audits* (`auditing`): the nightly job, with the seconds of each of its stages, for some numbers of workers.

`sample` chooses the artifacts, `process` starts the processes, `warm` separates what a process loads once, `figures`
turns measurements into the record of `contract`, and `measure` drives all of it. The meaning of every figure is in
`contract`.
"""
