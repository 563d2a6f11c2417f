/* client/repo.h - what other services may ask the repo-server; messages and meaning are in proto/repo.proto.
 *
 * `done(arg, e, reply)` runs once on the loop thread, never from within the asking: either `e` (the callee's
 * to free) or `reply` is NULL; the reply is good for the length of the call. The request is packed at once.
 * Methods about one repository prefer one replica, by its URL. Deadline and cancel are the call's, as with
 * bus_client_ask. */
#ifndef CAPSTAN_CLIENT_REPO_H
#define CAPSTAN_CLIENT_REPO_H

#include "bus/bus.h"
#include "client/ask.h"
#include "doc/doc.h"
#include "proto/repo.pb-c.h"

#define CLIENT_REPO(name, Name)                                                                              \
    typedef void client_repo_##name##_done(void *arg, struct err *e,                                         \
                                           const Capstan__Repo__##Name##Reply *reply);                       \
    struct client_ask *client_repo_##name(struct bus_client *repo, const struct call *call,                  \
                                          const Capstan__Repo__##Name##Request *rq,                          \
                                          client_repo_##name##_done *done, void *arg)

CLIENT_REPO(generate_manifests, GenerateManifests);
CLIENT_REPO(check_renders, CheckRenders);
CLIENT_REPO(resolve_revision, ResolveRevision);
CLIENT_REPO(list_refs, ListRefs);
CLIENT_REPO(revision_metadata, RevisionMetadata);
CLIENT_REPO(test_repository, TestRepository);
CLIENT_REPO(renew_interest, RenewInterest);
CLIENT_REPO(announce, Announce);

/* settings.c: fills in what argocd-cm (NULL = absent) says of renders: kustomize.buildOptions, kustomize.buildOptions.VERSION,
 * helm.enable, kustomize.enable, helm.valuesFileSchemes. Texts are borrowed from `cm` and the arena. */
void client_repo_settings(struct arena *a, const struct doc *cm, const struct doc *source,
                          Capstan__Repo__GenerateManifestsRequest *rq);

#endif
