"""What of a recorded scenario is contract, as data in and differences out. Nothing here talks to a process: a recorded step and what
was observed of ours come in as the recording's own shapes, with the values that its masks hide masked on both sides.

A difference is (where, expected, got)."""
import json
import re
from collections import Counter

TRACKING = 'argocd.argoproj.io/tracking-id'
LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration'
WAVE = 'argocd.argoproj.io/sync-wave'
HOOK = 'argocd.argoproj.io/hook'
# Labels and annotations that the cluster's own controllers put on.
OF_CLUSTER = ('deployment.kubernetes.io/', 'deprecated.daemonset', 'batch.kubernetes.io/', 'controller-uid', 'job-name',
              'pv.kubernetes.io/', 'volume.beta.kubernetes.io/', 'volume.kubernetes.io/')
# Defaults and allocations of a server: objects without a last-applied annotation are compared whole but for these.
ALLOCATED = ('clusterIP', 'clusterIPs', 'nodeName', 'volumeName', 'serviceAccount', 'serviceAccountName', 'tolerations')


# --- masks -----------------------------------------------------------------------------------------------------------------

class Masks:
    """Between the recording's masks and the values of one replay: <repo>, <shaN> and their like both ways, the rest (times,
    uids) only into masks."""
    PATTERNS = [
        (re.compile(r'\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?( ?(Z|UTC|[+-]\d\d:?\d\d)( UTC)?)?'), '<time>'),
        (re.compile(r'\b\d{1,2}:\d\d[AP]M\b'), '<time>'),
        (re.compile(r' (from|for:) \\?"<tmpfile>\\?"'), ''),  # kubectl's file, where it is kubectl
        (re.compile(r'\bv?(1\.34\.4|0\.0\.0)\b'), '<kubernetes>'),  # the recorded server bore no version
        # The first answer of a failed render has no "(cached)", later ones do.
        (re.compile(r'(rpc error: code = Unknown desc = )?Manifest generation error \(cached\): (?=rpc error)'), ''),
        (re.compile(r'Manifest generation error \(cached\): '), ''),
        (re.compile(r'[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}'), '<uid>'),
    ]

    def __init__(self):
        self.values = {}  # mask -> our value

    def add(self, mask, value):
        self.values[mask] = value
        if mask.startswith('<sha'):
            for n in (7, 8):
                self.values[f'{mask[:-1]}:{n}>'] = value[:n]

    def fill(self, text):
        for mask, value in self.values.items():
            text = text.replace(mask, value)
        return text

    def hide(self, text):
        """Of the recording's texts too, so that what is incidental in them goes."""
        for mask, value in sorted(self.values.items(), key=lambda m: -len(m[1])):
            text = text.replace(value, mask)
        for pattern, mask in self.PATTERNS:
            text = pattern.sub(mask, text)
        return text

    def hide_all(self, value):
        return json.loads(self.hide(json.dumps(value, ensure_ascii=False)))

    def fill_all(self, value):
        return json.loads(self.fill(json.dumps(value, ensure_ascii=False)))


# --- an Application --------------------------------------------------------------------------------------------------------

def differ(where, expected, got):
    return [] if expected == got else [(where, expected, got)]


def sets_differ(where, expected, got):
    """Differences of two lists whose order means nothing."""
    text = [Counter(json.dumps(v, sort_keys=True, ensure_ascii=False) for v in side) for side in (expected or [], got or [])]
    missing, extra = text[0] - text[1], text[1] - text[0]
    if not missing and not extra:
        return []
    lines = [sorted(side.elements()) for side in (missing, extra)]
    return [(where, '\n'.join(lines[0]) or 'nothing more', '\n'.join(lines[1]) or 'nothing more')]


def known_name(kind, name):
    """Without the hash of a template, which is its controller's affair."""
    return re.sub(r'-[0-9a-z]{8,10}$', '-<hash>', name) if kind == 'ReplicaSet' else name


def pick(doc, *keys):
    return {k: doc[k] for k in keys if k in (doc or {})}


def operation_of(state):
    """The part of operationState that is contract."""
    operation, result = state.get('operation', {}), state.get('syncResult', {})
    out = pick(state, 'phase', 'message', 'retryCount')
    out['initiatedBy'] = operation.get('initiatedBy', {})
    out['sync'] = pick(operation.get('sync', {}), 'resources', 'revision', 'revisions', 'autoHealAttemptsCount')
    out['syncResult'] = pick(result, 'revision', 'revisions')
    return out


def application(where, expected, got):
    """A whole Application object; None is one that is gone."""
    if not expected or not got:
        return differ(f'{where} exists', bool(expected), bool(got))
    out = differ(f'{where} finalizers', expected['metadata'].get('finalizers', []), got['metadata'].get('finalizers', []))
    out += differ(f'{where} operation', bool(expected.get('operation')), bool(got.get('operation')))
    old, new = expected.get('status', {}), got.get('status', {})
    for part in ('sync', 'health'):
        keys = ('status', 'revision', 'revisions') if part == 'sync' else ('status',)
        out += differ(f'{where} status.{part}', pick(old.get(part), *keys), pick(new.get(part), *keys))
    for key in ('sourceType', 'sourceTypes'):
        out += differ(f'{where} status.{key}', old.get(key), new.get(key))
    out += sets_differ(f'{where} status.summary.images', old.get('summary', {}).get('images'), new.get('summary', {}).get('images'))
    out += sets_differ(f'{where} status.conditions', *([pick(c, 'type', 'message') for c in s.get('conditions', [])]
                                                       for s in (old, new)))
    without_health = ([{**{k: v for k, v in r.items() if k != 'health'}, 'name': known_name(r['kind'], r.get('name', ''))}
                       for r in s.get('resources', [])] for s in (old, new))
    out += sets_differ(f'{where} status.resources', *without_health)
    keys = ('id', 'revision', 'revisions', 'source', 'sources', 'initiatedBy')
    out += differ(f'{where} status.history', *([pick(h, *keys) for h in s.get('history', [])] for s in (old, new)))
    old, new = old.get('operationState', {}), new.get('operationState', {})
    out += differ(f'{where} status.operationState', operation_of(old), operation_of(new))
    keys = ('kind', 'name', 'syncPhase', 'hookType', 'status', 'hookPhase', 'message')
    out += sets_differ(f'{where} status.operationState.syncResult.resources',
                       *([pick(r, *keys) for r in s.get('syncResult', {}).get('resources', [])] for s in (old, new)))
    return out


# --- events ----------------------------------------------------------------------------------------------------------------

CHANGE = re.compile(r'Updated (sync|health) status: ?(\S*) -> (\S*)')


def net_change(events):
    """What the ResourceUpdated events of one object come to: {'sync': (from, to), ...}. A state that is entered once more than it
    is left is the end; so the order of the events need not be known."""
    balance = {}
    for e in events:
        m = CHANGE.match(e['message'])
        if m:
            b = balance.setdefault(m[1], Counter())
            b[m[2]] -= e.get('count', 1)
            b[m[3]] += e.get('count', 1)
    return {what: (next((s for s, n in b.items() if n < 0), None), next((s for s, n in b.items() if n > 0), None))
            for what, b in balance.items() if any(b.values())}


def events(expected, got, gone):
    """`gone`: objects that the step deletes; what their status went through on the way is incidental, and so is that a repeated
    delete found nothing."""
    out = []
    told = [[e for e in side if e['reason'] not in ('ResourceUpdated', 'StatusRefreshed')] for side in (expected, got)]
    out += sets_differ('events', *([json.loads(t) for t in {json.dumps(pick(e, 'object', 'reason', 'type', 'message'))
                                                            for e in side}] for side in told))
    for name in sorted({e['object'] for e in expected + got} - gone):
        changes = [net_change([e for e in side if e['object'] == name and e['reason'] == 'ResourceUpdated'])
                   for side in (expected, got)]
        out += differ(f'events net change of {name}', *changes)
    return out


# --- live objects ----------------------------------------------------------------------------------------------------------

def identity(o):
    return f"{o['apiVersion']} {o['kind']} {o.get('namespace', '')}/{o['name']}"


def marks(table):
    return {k: v for k, v in (table or {}).items() if not k.startswith(OF_CLUSTER) and k != LAST_APPLIED}


def guided(where, guide, expected, got):
    """Differences of expected and got at the places that the guide, a manifest, sets."""
    if isinstance(guide, dict) and isinstance(expected, dict) and isinstance(got, dict):
        return [d for k, v in guide.items() for d in guided(f'{where}.{k}', v, expected.get(k), got.get(k))]
    if isinstance(guide, list) and isinstance(expected, list) and isinstance(got, list) and len(expected) == len(got):
        if len(guide) == len(got):
            return [d for i, v in enumerate(guide) for d in guided(f'{where}[{i}]', v, expected[i], got[i])]
    return differ(where, expected, got)


def contents(where, expected, got):
    applied = [json.loads(o.get('annotations', {}).get(LAST_APPLIED) or 'null') for o in (expected, got)]
    out = differ(f'{where} last-applied', *applied)
    for part in ('data', 'binaryData', 'type', 'rules', 'subjects', 'roleRef'):
        if part in expected:
            out += differ(f'{where} {part}', expected[part], got.get(part))
    if 'spec' in expected and expected['kind'] != 'Namespace':
        guide = (applied[0] or {}).get('spec', {}) if applied[0] else \
            {k: v for k, v in expected['spec'].items() if k not in ALLOCATED}
        out += guided(f'{where} spec', guide, expected['spec'], got.get('spec', {}))
    return out


def live_object(expected, got):
    where = f'live {identity(expected)}'
    out = contents(where, expected, got)
    for part in ('labels', 'annotations'):
        out += differ(f'{where} {part}', marks(expected.get(part)), marks(got.get(part)))
    out += differ(f'{where} finalizers', *([f for f in o.get('finalizers', []) if 'argoproj.io' in f] for o in (expected, got)))
    ours = [sorted({m for m in o.get('managers', []) if m.startswith('argocd-controller ')}) for o in (expected, got)]
    return out + differ(f'{where} managers', *ours)


def live(expected, got):
    old, new = ({identity(o): o for o in side} for side in (expected, got))
    out = sets_differ('live objects', sorted(old), sorted(new))
    for name in sorted(set(old) & set(new)):
        out += live_object(old[name], new[name])
    return out


# --- writes ----------------------------------------------------------------------------------------------------------------

def of_contract(w):
    """A write by the controller on an object of an application; a child Application counts when it is applied or deleted, its
    status does not. A second delete of what is gone is incidental."""
    if w['user'] != 'argocd-controller' or (w['verb'] == 'delete' and w['code'] == 404):
        return False
    if w['resource'].endswith('/applications'):
        return w['verb'] in ('create', 'delete') or w.get('fieldManager') == 'argocd-controller'
    return True


def shape_of(w):
    out = pick(w, 'verb', 'resource', 'namespace', 'name', 'subresource', 'code', 'dryRun', 'force', 'fieldManager')
    if out.get('fieldManager') == 'argocd-application-controller':  # what the server makes of the user agent
        del out['fieldManager']
    if w['resource'] == 'v1/namespaces':  # a server notes it with a patch and not with a create
        out.pop('namespace', None)
    policy = (w.get('options') or {}).get('propagationPolicy')
    return {**out, 'propagationPolicy': policy} if policy else out


def places_in(manifests):
    """((kind in lower case, name), (hook, wave)) of each document of a YAML text in block style, as recordings hold them."""
    for doc in re.split(r'^---.*$', manifests, flags=re.M):
        found = [re.search(p, doc, re.M) for p in (r'^kind: *(\w+)', r'^  name: *["\']?([^\s"\']+)', rf'{re.escape(HOOK)}: *["\']?([^"\'\n]+)',
                                                   rf'{re.escape(WAVE)}: *["\']?(-?\d+)')]
        kind, name, hook, wave = (m[1].strip() if m else '' for m in found)
        if kind and name:
            yield (kind.lower(), name), (hook, wave or '0')


def waves_of(recording):
    """Where an object stands in a sync, by (kind in lower case, name): as its manifest says, or the annotations that it bore."""
    waves = {}
    for g in recording['git']:
        for text in g['files'].values():
            waves.update(places_in(text or ''))
    for step in recording['steps']:
        for o in step['then'].get('live', []):
            notes = o.get('annotations', {})
            waves[(o['kind'].lower(), o['name'])] = (notes.get(HOOK, ''), notes.get(WAVE, '0'))
    return waves


def place_of(w, waves):
    plural = w['resource'].split('/')[-1]
    for kind in (plural[:-1], plural[:-2], plural[:-3] + 'y'):
        if (kind, w['name']) in waves:
            return waves[(kind, w['name'])] + (plural,)
    return ('', '0', plural)


def groups_of(writes, waves):
    """The order that is contract: which group (phase, wave, kind) came after which."""
    out = []
    for w in writes:
        place = place_of(w, waves)
        if not out or out[-1] != place:
            out.append(place)
    return [' '.join(filter(None, place)) for place in out]


def writes(expected, got, waves):
    sides = [[w for w in side if of_contract(w)] for side in (expected, got)]
    # How often a difference is asked for by dry run depends on how often something is refreshed.
    dry = [[json.loads(t) for t in {json.dumps(shape_of(w)) for w in side if 'dryRun' in w}] for side in sides]
    sides = [[w for w in side if 'dryRun' not in w] for side in sides]
    out = sets_differ('writes', *([shape_of(w) for w in side] for side in sides)) + sets_differ('dry runs', *dry)
    if out:
        return out
    # The hook finalizer is taken off whenever the hook is done, beside whatever else goes on.
    ordered = [[w for w in side if (w['verb'], w['resource'].split('/')[-1]) != ('update', 'jobs')] for side in sides]
    return differ('order of writes', *(groups_of(side, waves) for side in ordered))


# --- the command line ------------------------------------------------------------------------------------------------------

def words(text):
    """Lines without the paddings that depend on how wide a masked value was."""
    return [re.sub(r'\s+', ' ', line).strip() for line in text.strip().split('\n')]


STATUSES = {'Synced', 'OutOfSync', 'Unknown', 'Healthy', 'Progressing', 'Missing', 'Degraded', 'Suspended'}


def application_output(text, statuses):
    """What `app get` and `app sync` print in the end: (the block of facts, the table's lines in no order, since that of one kind is
    incidental). `statuses`: whether they are contract; what the watch of `app sync` saw on the way is not."""
    at = ('\n' + text).find('\nName:  ')
    if at < 0:
        return [], []
    facts, _, table = text[at:].partition('\nGROUP ')
    volatile = r'^(Duration): .*' if statuses else r'^(Sync Status|Health Status|Duration): .*'
    facts = [re.sub(volatile, r'\1: *', line) for line in words(facts)]
    rows = [line.split(' ') for line in words(table)]
    return facts, [' '.join(known_name('ReplicaSet' if 'ReplicaSet' in row[:2] else '', w) for w in row
                            if statuses or w not in STATUSES) for row in rows]


def final_error(stderr):
    for line in reversed(stderr.strip().split('\n')):
        if line.startswith('{') and '"fatal"' in line:
            return json.loads(line)['msg']
    return None


def command(expected, got):
    cmd = expected['cmd']
    out = differ(f'{cmd}: rc', expected['rc'], got['rc'])
    if not cmd.startswith('argocd'):
        return out
    out += differ(f'{cmd}: error', final_error(expected['stderr']), final_error(got['stderr']))
    if 'grep -c' in cmd:
        return out
    if cmd.startswith(('argocd app sync', 'argocd app get')):
        old, new = (application_output(side['stdout'], 'app get' in cmd) for side in (expected, got))
        return out + differ(f'{cmd}: facts', old[0], new[0]) + sets_differ(f'{cmd}: rows', old[1], new[1])
    return out + differ(f'{cmd}: stdout', *(words(re.sub(r'Duration: +\S+', 'Duration: *', side['stdout']))
                                            for side in (expected, got)))


def cli(expected, got):
    sides = [side if isinstance(side, list) else [side] for side in (expected or [], got or [])]
    if len(sides[0]) != len(sides[1]):
        return differ('commands', [c['cmd'] for c in sides[0]], [c['cmd'] for c in sides[1]])
    return [d for old, new in zip(*sides) for d in command(old, new)]


# --- a step ----------------------------------------------------------------------------------------------------------------

def step(expected, got, waves):
    """Differences of a step's `then`; `got` has the same shape, masked. What was not recorded is not compared."""
    out = application('application', expected['application'], got['application']) if 'application' in expected else []
    old, new = ({a['metadata']['name']: a for a in side.get('applications') or [] if a} for side in (expected, got))
    for name in sorted(set(old) | set(new)):
        out += application(f'application {name}', old.get(name), new.get(name))
    gone = {f"Application/{n}" for n in got['gone']}
    if 'events' in expected:
        out += events(expected['events'], got['events'], gone)
    if 'live' in expected:
        out += live(expected['live'], got['live'])
    if 'writes' in expected:
        out += writes(expected['writes'], got['writes'], waves)
    return out + cli(expected.get('cli'), got.get('cli'))
