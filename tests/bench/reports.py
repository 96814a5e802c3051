#!/usr/bin/env python3
"""Times every report format on a run of many results: by default 80,000, 5,000 users in 16 controls.

    reports.py --bin target/release/ironpipe [--users 5000] [--controls 16] [--repeat 3] [--no-browser] [--keep DIR]

Makes a mod and the rows it reads, runs its benchmark with each format as an export, each in a process of its own, and
prints the time of the whole process, what of it the format took (less the time of the same run without an export), its
peak memory like `/usr/bin/time`, and the size of the file.  The page is then opened in headless Chromium through
ChromeDriver, where both are installed: first paint, and the time from an input to the frame that shows its answer.
Needs nothing but Python's standard library.  Exit status 1 when a limit is missed: HTML under 2 MB, every file
written in under 2 s, 400 MB, first paint under 0.5 s, a filter under 0.2 s.
"""
import argparse
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import urllib.request

from iam import NOW, generate, measured

# By the end of the file's name.
FORMATS = ['html', 'pps', 'json', 'csv', 'md', 'junit.xml', 'xml', 'sarif', 'ocsf.jsonl', 'asff.json']
# What a reader types, in this order; the first also waits for the rows to be unpacked.
QUERIES = ['no user-1', 'user-00042', 'account_id=123456789012', 'status=alarm', 'user-']


def write_mod(folder, controls):
    """Controls that look at one thing each, with reasons as long as real ones."""
    folder.mkdir()
    text = ['mod "bench" {\n  title = "Bench"\n}\n\nbenchmark "all" {\n  title = "All"\n  children = [']
    text += [f'    control.c{i},' for i in range(controls)]
    text.append('  ]\n}\n')
    for i in range(controls):
        severity = ['low', 'medium', 'high', 'critical'][i % 4]
        text.append(f'''control "c{i}" {{
  title    = "{i + 1} Users pass check {i + 1}"
  severity = "{severity}"
  sql      = <<-EOQ
    select
      user_arn as resource,
      case when ascii(md5(user_name || '{i}')) % 9 = 0 then 'alarm' else 'ok' end as status,
      user_name || ' signed in ' || extract(day from current_timestamp - user_creation_time) % {300 + i} || ' days ago, check {i + 1}.' as reason,
      region,
      account_id
    from
      aws_iam_credential_report
    where
      user_name <> '<root_account>'
  EOQ
}}
''')
    (folder / 'mod.pp').write_text('\n'.join(text), encoding='utf-8')


class Browser:
    """Headless Chromium behind ChromeDriver."""

    def __init__(self):
        self.driver = subprocess.Popen(['chromedriver', '--port=0'], stdout=subprocess.PIPE, text=True)
        port = next(line.split('port ')[1].strip(' .\n') for line in self.driver.stdout if 'started successfully on port' in line)
        self.base = f'http://127.0.0.1:{port}'
        options = {'args': ['--headless=new', '--no-sandbox', '--disable-gpu', '--window-size=1440,900', '--disable-background-networking', '--no-first-run'],
                   'binary': shutil.which('chromium')}
        self.base += '/session/' + self.call('/session', {'capabilities': {'alwaysMatch': {'goog:chromeOptions': options}}})['sessionId']

    def call(self, path, body):
        request = urllib.request.Request(self.base + path, json.dumps(body).encode(), {'Content-Type': 'application/json'})
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)['value']

    def run(self, script, *args):
        return self.call('/execute/sync', {'script': f'return (async () => {{ {script} }})();', 'args': list(args)})

    def close(self):
        urllib.request.urlopen(urllib.request.Request(self.base, method='DELETE'), timeout=20).close()
        self.driver.terminate()
        self.driver.wait()


def browse(page, repeat):
    """Returns the first paint and the time of each query in milliseconds, the best of several visits."""
    paints, times = [], {query: [] for query in QUERIES}
    browser = Browser()
    try:
        for _ in range(repeat):
            browser.call('/url', {'url': 'about:blank'})
            browser.call('/url', {'url': page.as_uri()})
            paints.append(browser.run("""
                for (;;) {
                  const [paint] = performance.getEntriesByName('first-contentful-paint');
                  if (paint) return paint.startTime;
                  await new Promise((r) => setTimeout(r, 5));
                }"""))
            for query in QUERIES:
                times[query].append(browser.run(f"""
                    const box = document.getElementById('f-search'); const count = document.getElementById('f-count');
                    const before = count.textContent; const begin = performance.now();
                    box.value = {json.dumps(query)}; box.dispatchEvent(new Event('input', {{ bubbles: true }}));
                    while (count.textContent === before) await new Promise((r) => requestAnimationFrame(r));
                    await new Promise((r) => requestAnimationFrame(() => setTimeout(r)));
                    return performance.now() - begin;"""))
    finally:
        browser.close()
    return min(paints), {query: min(t) for query, t in times.items()}


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--bin', required=True, type=pathlib.Path)
    p.add_argument('--users', type=int, default=5000)
    p.add_argument('--controls', type=int, default=16)
    p.add_argument('--repeat', type=int, default=3)
    p.add_argument('--no-browser', action='store_true')
    p.add_argument('--keep', type=pathlib.Path, help='keep the reports here')
    a = p.parse_args()
    binary, missed = str(a.bin.resolve()), []

    def limit(what, value, most, unit):
        if value > most:
            missed.append(f'{what}: {value:.2f} {unit}, more than {most} {unit}')

    with tempfile.TemporaryDirectory(prefix='ironpipe-bench-') as tmp:
        tmp = pathlib.Path(tmp)
        files = a.keep or tmp
        files.mkdir(parents=True, exist_ok=True)
        write_mod(tmp / 'mod', a.controls)
        generate(tmp / 'rows', a.users, 2 * a.users, 10)
        measured([binary, 'inventory', 'import', str(tmp / 'rows'), '--inventory', str(tmp / 'inventory.db')])
        command = [binary, 'benchmark', 'run', 'all', '--mod-location', str(tmp / 'mod'), '--inventory', str(tmp / 'inventory.db'),
                   '--offline', '--as-of', NOW, '--output', 'none']
        bare = min((measured(command) for _ in range(a.repeat)), key=lambda t: t[3])
        if bare[0] not in (0, 1):
            sys.exit(bare[2])
        print(f'{a.users * a.controls:,} results; the run alone {bare[3]:.2f} s, {bare[4]:.0f} MB\n')
        print(f'{"format":12}{"whole process":>15}{"written in":>12}{"peak memory":>13}{"size":>12}')
        for name in FORMATS:
            file = files / f'report.{name}'
            runs = [measured([*command, '--export', str(file)]) for _ in range(a.repeat)]
            best = min(runs, key=lambda t: t[3])
            if best[0] not in (0, 1) or not file.exists():
                sys.exit(f'{name}: exit {best[0]}: {best[2]}')
            size, written = file.stat().st_size / 1e6, best[3] - bare[3]
            print(f'{name:12}{best[3]:13.2f} s{written:10.2f} s{best[4]:10.0f} MB{size:9.2f} MB')
            limit(f'{name}, written', written, 2, 's')
            limit(f'{name}, peak memory', best[4], 400, 'MB')
            if name == 'html':
                limit('html', size, 2, 'MB')
        if not a.no_browser and shutil.which('chromedriver') and shutil.which('chromium'):
            paint, times = browse(files / 'report.html', a.repeat)
            print(f'\nfirst paint {paint:.0f} ms')
            limit('first paint', paint, 500, 'ms')
            for query, took in times.items():
                print(f'filter {query!r}: {took:.0f} ms')
                limit(f'filter {query!r}', took, 200, 'ms')
    for line in missed:
        print(f'missed: {line}')
    sys.exit(1 if missed else 0)


if __name__ == '__main__':
    main()
