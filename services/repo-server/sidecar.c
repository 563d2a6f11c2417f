/* repo-server/sidecar - plugin.ConfigManagementPluginService over a unix socket (proto/plugin.proto). */
#include "plugins.h"

#include "crypto/digest.h"
#include "net/grpc.h"
#include "pack/tar.h"
#include "proto/plugin.pb-c.h"
#include "tree/walk.h"
#include "wire/wire.h"

enum { CHUNK = 64 << 10, ENTRIES_MAX = 200000 };

static struct err *ask(struct plugin_job *j, const struct plugin *p, const char *method, struct span request,
                       struct span *reply)
{
    struct call call;
    call_child(&call, j->call, j->plugins->timeout_ms);
    const struct net_grpc to = {.session = net_session_new("capstan-repo-server"), .socket = p->socket};
    const char *path = arena_printf(j->a, "/plugin.ConfigManagementPluginService/%s", method);
    struct err *e = net_grpc_call(&to, &call, path, request, j->a, reply);
    net_session_free(to.session);
    return e;
}

/* --- the source as a stream --- */

static struct err *pack(void *arg, const char *path, enum tree_kind kind, struct span content)
{
    return kind == TREE_LINK ? pack_tar_link(arg, path, content.at) : pack_tar_file(arg, path, content);
}

static struct err *pack_source(struct plugin_job *j, struct str *out)
{
    const struct tree_walk_limits limits = {ENTRIES_MAX, j->plugins->source_bytes};
    struct pack_tar *t = pack_tar_new(out);
    struct err *e = tree_walk(j->call, j->tree, &limits, pack, t);
    if (e) {
        pack_tar_freep(&t);
        return e;
    }
    return pack_tar_end(t);
}

static void add_piece(struct plugin_job *j, struct str *stream, const Capstan__Plugin__Piece *piece)
{
    net_grpc_add(stream, wire_pack(j->a, piece));
}

static void add_metadata(struct plugin_job *j, struct span packed, struct str *stream)
{
    Capstan__Plugin__Metadata m = CAPSTAN__PLUGIN__METADATA__INIT;
    Capstan__Plugin__Piece piece = CAPSTAN__PLUGIN__PIECE__INIT;
    struct crypto_digest digest;
    crypto_digest(CRYPTO_SHA256, packed, &digest);
    m.app_name = wire_text(j->app_name);
    m.app_rel_path = wire_text(*j->path ? j->path : ".");
    m.checksum = digest.hex;
    m.has_size = true;
    m.size = (int64_t)packed.len;
    m.env = NEW_N(j->a, Capstan__Plugin__EnvEntry *, doc_len(j->env) + 1);
    doc_each (it, j->env) {
        Capstan__Plugin__EnvEntry *entry = NEW(j->a, Capstan__Plugin__EnvEntry);
        capstan__plugin__env_entry__init(entry);
        entry->name = wire_text(it.key.at);
        entry->value = wire_text(doc_str(it.val, ""));
        m.env[m.n_env++] = entry;
    }
    piece.metadata = &m;
    add_piece(j, stream, &piece);
}

/* Made once, whoever is asked how often. */
static struct err *make_stream(struct plugin_job *j)
{
    CLEANUP(str_release) struct str tar = {.limit = j->plugins->source_bytes}, stream = {0};
    if (j->stream.at)
        return NULL;
    TRY(pack_source(j, &tar));
    add_metadata(j, str_span(&tar), &stream);
    for (size_t at = 0; at < tar.len; at += CHUNK) {
        Capstan__Plugin__File file = CAPSTAN__PLUGIN__FILE__INIT;
        Capstan__Plugin__Piece piece = CAPSTAN__PLUGIN__PIECE__INIT;
        file.has_chunk = true;
        file.chunk = wire_bytes((struct span){tar.at + at, MIN((size_t)CHUNK, tar.len - at)});
        piece.file = &file;
        add_piece(j, &stream, &piece);
    }
    j->stream = (struct span){arena_strndup(j->a, str_text(&stream), stream.len), stream.len};
    return NULL;
}

static struct err *ask_about_source(struct plugin_job *j, const struct plugin *p, const char *method,
                                    struct span *reply)
{
    TRY(make_stream(j));
    return ask(j, p, method, j->stream, reply);
}

/* --- the questions --- */

static struct err *has_rule(struct plugin_job *j, const struct plugin *p, bool *out)
{
    CLEANUP(str_release) struct str empty = {0};
    Capstan__Plugin__Configuration *c;
    struct span reply;
    net_grpc_add(&empty, (struct span){0});
    TRY(ask(j, p, "CheckPluginConfiguration", str_span(&empty), &reply));
    TRY(wire_unpack(j->a, &capstan__plugin__configuration__descriptor, reply, NULL, &c));
    *out = c->is_discovery_configured;
    return NULL;
}

struct err *sidecar_match(struct plugin_job *j, const struct plugin *p, bool named, bool *out)
{
    Capstan__Plugin__Match *match;
    struct span reply;
    bool rule = false;
    TRY(has_rule(j, p, &rule));
    *out = named;
    if (!rule)
        return NULL;
    TRY(ask_about_source(j, p, "MatchRepository", &reply));
    TRY(wire_unpack(j->a, &capstan__plugin__match__descriptor, reply, NULL, &match));
    *out = match->is_supported;
    return NULL;
}

struct err *sidecar_generate(struct plugin_job *j, const struct plugin *p, struct doc **out)
{
    Capstan__Plugin__Manifests *made;
    struct span reply;
    TRY(ask_about_source(j, p, "GenerateManifest", &reply));
    TRY(wire_unpack(j->a, &capstan__plugin__manifests__descriptor, reply, NULL, &made));
    *out = doc_new_list(j->a);
    for (size_t i = 0; i < made->n_manifests; i++)
        doc_push_str(j->a, *out, made->manifests[i]);
    return NULL;
}
