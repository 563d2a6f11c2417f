/* net/http - names of statuses and headers. */
#include "net/http.h"

#include <http_parser.h>
#include <strings.h>

const char *net_pairs_get(const struct net_pairs *pairs, const char *name)
{
    for (size_t i = 0; i < pairs->len; i++)
        if (strcasecmp(pairs->at[i].name, name) == 0)
            return pairs->at[i].value;
    return NULL;
}

const char *net_status_text(int status)
{
    static const struct {
        int status;
        const char *text;
    } names[] = {
#define XX(num, name, string) {num, #string},
        HTTP_STATUS_MAP(XX)
#undef XX
    };
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (names[i].status == status)
            return names[i].text;
    return "Status";
}
