/* client/repo - the stubs of the repo-server, one line each. */
#include "client/repo.h"

#define STUB(name, Name, lower, prefer)                                                                      \
    static void deliver_##name(void (*done)(void), void *arg, struct err *e, const ProtobufCMessage *reply)  \
    {                                                                                                        \
        ((client_repo_##name##_done *)done)(arg, e,                                                          \
                                            (const Capstan__Repo__##Name##Reply *)(const void *)reply);      \
    }                                                                                                        \
    struct client_ask *client_repo_##name(struct bus_client *repo, const struct call *call,                  \
                                          const Capstan__Repo__##Name##Request *rq,                          \
                                          client_repo_##name##_done *done, void *arg)                        \
    {                                                                                                        \
        static const struct client_method method = {                                                         \
            "repo." #Name, &capstan__repo__##lower##_reply__descriptor, deliver_##name};                     \
        struct client_ask *ask = client_ask(repo, call, &method, &rq->base, prefer);                         \
        client_then(ask, (void (*)(void))done, arg);                                                         \
        return ask;                                                                                          \
    }

STUB(generate_manifests, GenerateManifests, generate_manifests, rq->repo_url)
STUB(check_renders, CheckRenders, check_renders, rq->repo_url)
STUB(resolve_revision, ResolveRevision, resolve_revision, rq->repo_url)
STUB(list_refs, ListRefs, list_refs, rq->repo_url)
STUB(revision_metadata, RevisionMetadata, revision_metadata, rq->repo_url)
STUB(test_repository, TestRepository, test_repository, rq->repo_url)
STUB(renew_interest, RenewInterest, renew_interest, rq->n_interests ? rq->interests[0]->repo_url : NULL)
STUB(announce, Announce, announce, rq->repo_url)
