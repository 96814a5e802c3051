#!/usr/bin/env python3
"""Times the IAM queries of a mod on a large account, beside PostgreSQL on the same rows.

    iam.py --bin target/release/ironpipe --mod-location PATH [--users 5000] [--keys 10000] [--roles 2000]
           [--match '^iam_'] [--control cis_v200_1_13] [--rows DIR] [--no-postgres]

Makes the rows (`<table>.jsonl`, always the same for the same sizes), imports them, and runs every query of the mod that
--match finds, one after the other and each in a process of its own.  The time of a query is the program's own
(`query run --timing`), the set is the sum of them; beside it the processor time of the process less what it needs for
`select 1`, which says more on a busy machine; --control is timed as a whole process with its peak memory, like
`/usr/bin/time`.  With PostgreSQL's programs on the machine (initdb, pg_ctl, psql; nothing is left behind) the same
texts run there over the same rows, and the answers must be the same.
Needs nothing but Python's standard library.  Exit status 1 when an answer differs or a query fails.
"""
import argparse
import collections
import glob
import json
import os
import pathlib
import random
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

NOW = '2026-03-31T10:30:45Z'
ACCOUNT = '123456789012'


def common(name):
    return {'title': name, 'partition': 'aws', 'region': 'global', 'account_id': ACCOUNT, 'sp_connection_name': 'aws',
            '_ctx': {'connection_name': 'aws'}}


def instant(rng, days):
    """An instant up to that many days before the clock."""
    minutes = rng.randrange(days * 1440)
    year = time.gmtime(1774953045 - minutes * 60)
    return time.strftime('%Y-%m-%dT%H:%M:%SZ', year)


def policy(rng, statements):
    """A policy document as written, and in the plugin's standard form."""
    services = ['s3', 'ec2', 'iam', 'kms', 'sts', 'logs', 'dynamodb', 'lambda', 'sqs', 'sns', 'cloudtrail', 'rds']
    written, standard = [], []
    for i in range(statements):
        service = rng.choice(services)
        if rng.random() < 0.04:
            actions = ['*'] if rng.random() < 0.5 else [f'{service}:*']
        else:
            verbs = ['Get', 'List', 'Describe', 'Create', 'Delete', 'Put', 'Update', 'PassRole', 'Decrypt', 'AssumeRole']
            actions = [f'{service}:{rng.choice(verbs)}{rng.choice(["Object", "Item", "Key", "Role", "*", ""])}'
                       for _ in range(rng.randrange(1, 9))]
        targets = ['*'] if rng.random() < 0.3 else [f'arn:aws:{service}:us-east-1:{ACCOUNT}:res-{rng.randrange(5000)}/*' for _ in range(rng.randrange(1, 5))]
        effect = 'Allow' if rng.random() < 0.9 else 'Deny'
        written.append({'Sid': f'S{i}', 'Effect': effect, 'Action': actions, 'Resource': targets})
        standard.append({'Sid': f'S{i}', 'Effect': effect, 'Action': sorted({a.lower() for a in actions}), 'Resource': sorted(targets)})
        if rng.random() < 0.3:
            condition = {'StringEquals': {'aws:SourceAccount': [ACCOUNT]}}
            written[-1]['Condition'] = standard[-1]['Condition'] = condition
    return ({'Version': '2012-10-17', 'Statement': written}, {'Version': '2012-10-17', 'Statement': standard})


def trust(rng):
    kind = rng.random()
    if kind < 0.6:
        principal = {'Service': [rng.choice(['ec2', 'lambda', 'ecs-tasks']) + '.amazonaws.com']}
    elif kind < 0.9:
        principal = {'AWS': [f'arn:aws:iam::{rng.choice([ACCOUNT, "999988887777"])}:root']}
    else:
        principal = {'AWS': ['*']}
    document = {'Version': '2012-10-17', 'Statement': [{'Effect': 'Allow', 'Action': ['sts:assumerole'], 'Principal': principal}]}
    return document


def tables(users, keys, roles):
    """Yields table names with their rows."""
    rng = random.Random(20260331)
    root = f'arn:aws:iam::{ACCOUNT}'
    people, reports, groups, policies, attachments = [], [], [], [], []
    policy_arns = []
    for i in range(max(40, roles // 4)):
        name = f'policy-{i:05d}' if i % 4 else f'Managed{i:05d}'
        arn = f'{root}:policy/{name}' if i % 4 else f'arn:aws:iam::aws:policy/{name}'
        if i == 0:
            name, arn = 'AWSSupportAccess', 'arn:aws:iam::aws:policy/AWSSupportAccess'
        if i == 4:
            name, arn = 'AdministratorAccess', 'arn:aws:iam::aws:policy/AdministratorAccess'
        written, standard = policy(rng, rng.randrange(1, 12))
        policy_arns.append(arn)
        policies.append({'name': name, 'arn': arn, 'policy_id': f'ANPA{i:017d}', 'path': '/', 'is_aws_managed': ':aws:policy' in arn, 'is_attachable': True,
                         'is_attached': rng.random() < 0.7, 'attachment_count': rng.randrange(9), 'create_date': instant(rng, 1500), 'update_date': instant(rng, 400),
                         'default_version_id': 'v1', 'policy': written, 'policy_std': standard, 'tags': {'Team': rng.choice('abc')}, 'akas': [arn], **common(name)})
    for i in range(max(20, users // 50)):
        name = f'group-{i:04d}'
        arn = f'{root}:group/{name}'
        inline = [{'PolicyName': f'inline-{i}', 'PolicyDocument': policy(rng, 3)[1]}] if rng.random() < 0.3 else None
        groups.append({'name': name, 'arn': arn, 'group_id': f'AGPA{i:017d}', 'path': '/', 'create_date': instant(rng, 1500),
                       'attached_policy_arns': rng.sample(policy_arns, rng.randrange(0, 4)), 'users': [], 'akas': [arn], **common(name),
                       **({'inline_policies': inline, 'inline_policies_std': inline} if inline else {})})
    for i in range(users):
        name = f'user-{i:05d}' if i % 7 else f'svc_user-{i:05d}'
        arn = f'{root}:user/{"" if i % 3 else "team/"}{name}'
        password, mfa = rng.random() < 0.5, rng.random() < 0.7
        member = rng.sample(groups, rng.randrange(0, 3))
        person = {'name': name, 'arn': arn, 'user_id': f'AIDA{i:017d}', 'path': '/' if i % 3 else '/team/', 'create_date': instant(rng, 1500), 'mfa_enabled': mfa,
                  'mfa_devices': [{'SerialNumber': f'{root}:mfa/{name}', 'EnableDate': instant(rng, 300), 'UserName': name}] if mfa else [],
                  'groups': [{'GroupName': g['name'], 'Arn': g['arn'], 'GroupId': g['group_id']} for g in member] or None,
                  'attached_policy_arns': rng.sample(policy_arns, rng.randrange(0, 2)), 'tags': {'Team': rng.choice('abcdef'), 'Owner': f'team-{i % 50}'}, 'akas': [arn], **common(name)}
        if password:
            person['login_profile'] = {'CreateDate': person['create_date'], 'UserName': name}
            person['password_last_used'] = instant(rng, 300)
        if rng.random() < 0.1:
            inline = [{'PolicyName': f'inline-{i}', 'PolicyDocument': policy(rng, 2)[1]}]
            person['inline_policies'] = person['inline_policies_std'] = inline
        people.append({k: v for k, v in person.items() if v is not None})
        for g in member:
            g['users'].append({'UserName': name, 'Arn': arn, 'UserId': person['user_id']})
        report = {'user_name': name, 'user_arn': arn, 'user_creation_time': person['create_date'], 'generated_time': NOW, 'mfa_active': mfa, 'password_enabled': password,
                  'password_status': str(password).lower(), 'access_key_1_active': rng.random() < 0.6, 'access_key_2_active': rng.random() < 0.2,
                  'cert_1_active': False, 'cert_2_active': False, **common(name)}
        if password:
            report.update(password_last_used=instant(rng, 300), password_last_changed=instant(rng, 500))
        for n in (1, 2):
            if report[f'access_key_{n}_active']:
                report[f'access_key_{n}_last_rotated'] = instant(rng, 300)
                if rng.random() < 0.8:
                    report[f'access_key_{n}_last_used_date'] = instant(rng, 200)
        reports.append(report)
    reports.append({'user_name': '<root_account>', 'user_arn': f'{root}:root', 'user_creation_time': instant(rng, 2000), 'generated_time': NOW, 'mfa_active': True,
                    'password_status': 'not_supported', 'access_key_1_active': False, 'access_key_2_active': False, 'cert_1_active': False, 'cert_2_active': False, **common('root')})
    accesses = []
    for i in range(keys):
        person = people[rng.randrange(users)]
        key = f'AKIA{i:016d}'
        aka = f'{person["arn"]}/accesskey/{key}'
        row = {'access_key_id': key, 'user_name': person['name'], 'status': 'Active' if rng.random() < 0.7 else 'Inactive', 'create_date': instant(rng, 600), 'akas': [aka], **common(key)}
        if rng.random() < 0.8:
            row.update(access_key_last_used_date=instant(rng, 300), access_key_last_used_service='s3', access_key_last_used_region='us-east-1')
        accesses.append(row)
    servants = []
    for i in range(roles):
        name = f'role-{i:05d}'
        arn = f'{root}:role/{name}'
        document = trust(rng)
        row = {'name': name, 'arn': arn, 'role_id': f'AROA{i:017d}', 'path': '/', 'create_date': instant(rng, 1500), 'max_session_duration': 3600, 'assume_role_policy': document,
               'assume_role_policy_std': document, 'attached_policy_arns': rng.sample(policy_arns, rng.randrange(0, 4)), 'tags': {'Team': rng.choice('abc')}, 'akas': [arn], **common(name)}
        if rng.random() < 0.5:
            written, standard = policy(rng, rng.randrange(1, 8))
            row['inline_policies'] = [{'PolicyName': f'inline-{i}', 'PolicyDocument': written}]
            row['inline_policies_std'] = [{'PolicyName': f'inline-{i}', 'PolicyDocument': standard}]
        if rng.random() < 0.6:
            row['role_last_used_date'] = instant(rng, 300)
        if rng.random() < 0.3:
            row['instance_profile_arns'] = [f'{root}:instance-profile/{name}']
        servants.append(row)
    yield 'aws_iam_user', people
    yield 'aws_iam_credential_report', reports
    yield 'aws_iam_group', groups
    yield 'aws_iam_access_key', accesses
    yield 'aws_iam_role', servants
    yield 'aws_iam_policy', policies
    yield 'aws_iam_policy_attachment', attachments
    yield 'aws_iam_virtual_mfa_device', [
        {'serial_number': f'{root}:mfa/{p["name"]}', 'assignment_status': 'Assigned', 'user_name': p['name'], 'enable_date': instant(rng, 300), **common(p['name'])}
        for p in people if p['mfa_enabled']]
    yield 'aws_iam_account_summary', [{'account_mfa_enabled': True, 'account_access_keys_present': 0, 'users': users, 'roles': roles, 'mfa_devices': users, 'mfa_devices_in_use': users, **common('summary')}]
    yield 'aws_iam_account_password_policy', [{'minimum_password_length': 12, 'require_symbols': True, 'require_numbers': True, 'require_uppercase_characters': False,
                                               'require_lowercase_characters': True, 'allow_users_to_change_password': True, 'expire_passwords': True,
                                               'max_password_age': 90, 'password_reuse_prevention': 5, **common('password policy')}]
    yield 'aws_account', [{'account_aliases': ['bench'], 'arn': f'arn:aws:::{ACCOUNT}', **common('bench')}]
    yield 'aws_iam_server_certificate', [{'name': f'cert-{i}', 'arn': f'{root}:server-certificate/cert-{i}', 'expiration': instant(rng, 100), **common(f'cert-{i}')} for i in range(20)]
    yield 'aws_accessanalyzer_analyzer', [{'name': 'main', 'arn': f'arn:aws:access-analyzer:us-east-1:{ACCOUNT}:analyzer/main', 'status': 'ACTIVE', 'type': 'ACCOUNT', 'findings': [], **common('main')}]
    yield 'aws_accessanalyzer_finding', []
    yield 'aws_region', [{'name': 'us-east-1', 'opt_in_status': 'opt-in-not-required', **common('us-east-1')}]


def generate(folder, users, keys, roles):
    folder.mkdir(parents=True, exist_ok=True)
    for table, rows in tables(users, keys, roles):
        with open(folder / f'{table}.jsonl', 'w', encoding='utf-8') as out:
            for row in rows:
                out.write(json.dumps(row) + '\n')


def measured(command):
    """Runs a process; returns its exit status, output, errors, seconds, peak memory in MB, and seconds of processor time."""
    begun = time.monotonic()
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = subprocess.Popen(command, stdout=out, stderr=err)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.monotonic() - begun
        out.seek(0)
        err.seek(0)
        return process.returncode, out.read().decode(), err.read().decode(), seconds, usage.ru_maxrss / 1024, usage.ru_utime + usage.ru_stime


class Server:
    """A throw-away PostgreSQL server with the rows, or none."""

    def __init__(self, folder, binary, inventory):
        self.bin = next((p for p in [*sorted(glob.glob('/usr/lib/postgresql/*/bin'), reverse=True)] if os.path.exists(f'{p}/initdb')), None)
        if self.bin is None and shutil.which('initdb'):
            self.bin = os.path.dirname(os.path.realpath(shutil.which('initdb')))
        self.dir = folder / 'postgres'
        self.port = str(20000 + os.getpid() % 20000)

    def run(self, *command):
        owner = ['setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups'] if os.getuid() == 0 else []
        subprocess.run([*owner, *command], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=self.dir)

    def start(self):
        self.dir.mkdir()
        if os.getuid() == 0:
            for folder in (self.dir, self.dir.parent):
                shutil.chown(folder, 'postgres')
        data = str(self.dir / 'data')
        self.run(f'{self.bin}/initdb', '-D', data, '-U', 'postgres', '-A', 'trust', '--locale=C', '-E', 'UTF8')
        options = f'-p {self.port} -k {data} -c listen_addresses= -c fsync=off -c timezone=UTC -c jit=off -c max_parallel_workers_per_gather=0'
        self.run(f'{self.bin}/pg_ctl', '-D', data, '-o', options, '-l', f'{data}/log', '-w', 'start')

    def stop(self):
        self.run(f'{self.bin}/pg_ctl', '-D', str(self.dir / 'data'), '-m', 'immediate', 'stop')

    def psql(self, text):
        psql = f'{self.bin}/psql' if os.path.exists(f'{self.bin}/psql') else 'psql'
        command = [psql, '-X', '-q', '-A', '-t', '-h', str(self.dir / 'data'), '-p', self.port, '-U', 'postgres', '-d', 'postgres']
        done = subprocess.run(command, input=text, capture_output=True, text=True)
        return done.stdout, done.stderr

    def load(self, rows, columns):
        script = ['create schema fixed;',
                  f"create function fixed.now() returns timestamptz language sql stable as $$ select '{NOW}'::timestamptz $$;",
                  'alter database postgres set search_path = fixed, pg_catalog, public;']
        for file in sorted(rows.glob('*.jsonl')):
            fields = columns[file.stem]
            script.append(f'create table "{file.stem}" ({", ".join(chr(34) + n + chr(34) + " " + t for n, t in fields)});')
            script.append(f'copy "{file.stem}" from stdin;')
            for line in open(file, encoding='utf-8'):
                row = json.loads(line)
                script.append('\t'.join(cell(row.get(n), t, n in row) for n, t in fields))
            script.append('\\.')
        script.append('analyze;')
        _, errors = self.psql('\n'.join(script))
        if errors:
            sys.exit(f'PostgreSQL: {errors[:800]}')


def cell(value, kind, present):
    if not present or (value is None and kind != 'jsonb'):
        return '\\N'
    text = json.dumps(value) if kind == 'jsonb' else ('t' if value else 'f') if isinstance(value, bool) else str(value)
    return text.replace('\\', '\\\\').replace('\t', '\\t').replace('\n', '\\n')


def comparable(value):
    return json.dumps(value, sort_keys=True) if isinstance(value, (dict, list)) else value if value is None else str(value)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--bin', required=True, type=pathlib.Path)
    p.add_argument('--mod-location', required=True, type=pathlib.Path)
    p.add_argument('--users', type=int, default=5000)
    p.add_argument('--keys', type=int, default=10000)
    p.add_argument('--roles', type=int, default=2000)
    p.add_argument('--match', default='^iam_')
    p.add_argument('--control', default='cis_v200_1_13')
    p.add_argument('--repeat', type=int, default=3)
    p.add_argument('--rows', type=pathlib.Path, help='keep the generated rows here')
    p.add_argument('--no-postgres', action='store_true')
    a = p.parse_args()
    binary, location = str(a.bin.resolve()), str(a.mod_location.resolve())
    with tempfile.TemporaryDirectory(prefix='ironpipe-bench-') as tmp:
        tmp = pathlib.Path(tmp)
        rows = a.rows or tmp / 'rows'
        generate(rows, a.users, a.keys, a.roles)
        inventory = tmp / 'inventory.db'
        _, _, errors, seconds, peak, _ = measured([binary, 'inventory', 'import', str(rows), '--inventory', str(inventory)])
        print(f'{a.users} users, {a.keys} keys, {a.roles} roles; import {seconds:.2f} s, {peak:.0f} MB, inventory {inventory.stat().st_size / 1e6:.1f} MB')
        flags = ['--mod-location', location, '--inventory', str(inventory), '--offline', '--as-of', NOW]
        listed = json.loads(subprocess.run([binary, 'query', 'list', '--mod-location', location, '--output', 'json'], capture_output=True, text=True, check=True).stdout)
        names = [q['qualified_name'] for q in listed if re.search(a.match, q['qualified_name'].split('.')[-1])]
        server = None if a.no_postgres else Server(tmp, binary, inventory)
        if server and not server.bin:
            print('PostgreSQL is not installed: no comparison')
            server = None
        if server:
            server.start()
        try:
            failed = run(a, binary, flags, names, server, rows, location)
        finally:
            if server:
                server.stop()
        own = [f for f in flags if f not in ('--mod-location', location)]
        for what, command in [
            (f'control run {a.control} of the mod', ['control', 'run', a.control, *flags, '--output', 'none']),
            (f'control run {a.control} of the bundled mod', ['control', 'run', a.control, *own, '--output', 'none']),
            ('benchmark run cis_v200_1 of the bundled mod', ['benchmark', 'run', 'cis_v200_1', *own, '--output', 'none']),
            ('control list of the mod', ['control', 'list', '--mod-location', location]),
            ('mod check of the mod', ['mod', 'check', '--mod-location', location]),
        ]:
            times = [measured([binary, *command]) for _ in range(a.repeat)]
            best = min(times, key=lambda t: t[3])
            print(f'{what}: whole process {best[3]:.2f} s, peak memory {max(t[4] for t in times):.0f} MB, exit {best[0]}')
    sys.exit(1 if failed else 0)


def run(a, binary, flags, names, server, rows, location):
    texts = {}
    if server:
        columns = {}
        for file in sorted(rows.glob('*.jsonl')):
            out = subprocess.run([binary, 'query', 'run', f'select * from {file.stem} limit 0', *flags, '--output', 'json'], capture_output=True, text=True, check=True).stdout
            columns[file.stem] = [(c['name'], c['data_type']) for c in json.loads(out)['columns']]
        server.load(rows, columns)
        for name in names:
            shown = subprocess.run([binary, 'query', 'show', name, '--mod-location', location, '--output', 'json'], capture_output=True, text=True, check=True).stdout
            shown = json.loads(shown)
            texts[name] = (shown[0] if isinstance(shown, list) else shown)['sql']
    table, differ = [], 0
    # What every process spends before its query: above all, reading the mod.
    start = min(measured([binary, 'query', 'run', 'select 1', *flags, '--output', 'none'])[5] for _ in range(a.repeat))
    for name in names:
        ours, spent = [], []
        for _ in range(a.repeat):
            code, out, errors, _, peak, processor = measured([binary, 'query', 'run', name, *flags, '--timing', '--output', 'json'])
            if code:
                break
            answer = json.loads(out)
            ours.append(answer['metadata']['duration'] / 1000)
            spent.append(max(0, processor - start))
        if not ours:
            table.append((name, None, None, 0, errors.strip().splitlines()[0][:100], 0))
            differ += 1
            continue
        theirs, verdict = None, ''
        if server:
            text = texts[name].strip().rstrip(';')
            text = re.sub(r'(?i)\bcurrent_date\b', 'fixed.now()::date', re.sub(r'(?i)\bcurrent_timestamp\b', 'fixed.now()', text))
            out, errors = server.psql(f'\\timing on\n\\pset format csv\n\\pset null <null>\n\\o /dev/null\n' + f'{text}\n;\n' * a.repeat + f'\\o\n\\timing off\nselect coalesce(json_agg(row_to_json(t)), \'[]\') from ({text}\n) t;\n')
            theirs = min(float(t) for t in re.findall(r'Time: ([\d.]+) ms', out)) / 1000 if 'Time:' in out else None
            document = re.search(r'"?\[.*', out, re.S)
            try:
                got = document[0].strip()
                got = json.loads(got[1:-1].replace('""', '"') if got.startswith('"') else got)
            except (TypeError, ValueError):
                got = None
            count = lambda found: collections.Counter(tuple(sorted((k, comparable(v)) for k, v in r.items())) for r in found)
            verdict = 'same' if got is not None and count(got) == count(answer['rows']) else 'DIFFERENT'
            differ += verdict != 'same'
        table.append((name, min(ours), theirs, len(answer['rows']), verdict, min(spent)))
    print(f'\n{"query":86}{"rows":>7}{"seconds":>9}{"processor":>10}{"PostgreSQL":>12}{"ratio":>7}')
    for name, ours, theirs, count, verdict, spent in sorted(table, key=lambda t: -(t[1] or 99)):
        times = f'{ours:9.3f}' if ours is not None else f'{"failed":>9}'
        beside = f'{theirs:12.3f}{ours / max(theirs, 1e-4):7.1f}' if theirs and ours is not None else f'{"":19}'
        print(f'{name[:85]:86}{count:7}{times}{spent:10.3f}{beside}  {verdict}')
    done = [t for t in table if t[1] is not None]
    total = sum(t[1] for t in done)
    line = f'{len(done)} of {len(table)} queries: {total:.2f} s in all ({sum(t[5] for t in done):.2f} s of the processor, rows and their printing included), slowest {max(t[1] for t in done):.2f} s, median {statistics.median(t[1] for t in done):.3f} s'
    if server:
        other = sum(t[2] or 0 for t in done)
        line += f'; PostgreSQL {other:.2f} s in all (ratio {total / max(other, 1e-4):.2f}); {differ} different or failed'
    print(line)
    return differ


if __name__ == '__main__':
    main()
