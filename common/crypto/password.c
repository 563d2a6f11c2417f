/* crypto/password - libxcrypt's crypt_r; the hash's own form is checked first, since crypt would take DES and
 * MD5 too. */
#include "crypto/password.h"

#include "crypto/aead.h"
#include "crypto/digest.h"

#include <crypt.h>
#include <ctype.h>
#include <stdlib.h>

enum { COST_MIN = 4, COST_MAX = 16, HASH_LEN = 60 };

static bool is_bcrypt(const char *h)
{
    if (strlen(h) != HASH_LEN || h[0] != '$' || h[1] != '2' || !strchr("aby", h[2]) || h[3] != '$')
        return false;
    if (!isdigit((unsigned char)h[4]) || !isdigit((unsigned char)h[5]) || h[6] != '$')
        return false;
    int cost = (h[4] - '0') * 10 + h[5] - '0';
    return cost >= COST_MIN && cost <= COST_MAX;
}

static bool usable(struct span password)
{
    return password.len <= CRYPTO_PASSWORD_MAX && (!password.len || !memchr(password.at, 0, password.len));
}

/* The hash on the heap, NULL when crypt refuses the setting. */
static char *run(const struct secret *password, const char *setting)
{
    struct crypt_data *data = mem_zalloc(sizeof(*data));
    const char *got = crypt_r(secret_text(password), setting, data);
    char *copy = got && *got != '*' ? mem_strdup(got) : NULL;
    secret_wipe(data, sizeof(*data));
    free(data);
    return copy;
}

bool crypto_password_matches(const struct secret *password, const char *hash)
{
    if (!is_bcrypt(hash) || !usable(secret_span(password)))
        return false;
    CLEANUP(mem_freep) char *got = run(password, hash);
    return got && crypto_equal(span_of(got), span_of(hash));
}

static struct err *unusable(void)
{
    return err_new(ERR_INVALID, "a password has 1 to %d bytes, none of them NUL", CRYPTO_PASSWORD_MAX);
}

struct err *crypto_password_hash(const struct secret *password, int cost, char **out)
{
    unsigned char salt[16];
    if (!secret_span(password).len)
        return unusable();
    crypto_random(salt, sizeof(salt));
    return crypto_password_hash_salted(password, cost, salt, out);
}

struct err *crypto_password_hash_salted(const struct secret *password, int cost, const unsigned char salt[16],
                                        char **out)
{
    struct span p = secret_span(password);
    if (!usable(p))
        return unusable();
    if (cost < COST_MIN || cost > COST_MAX)
        return err_new(ERR_INVALID, "bcrypt cost %d is not within %d to %d", cost, COST_MIN, COST_MAX);
    char setting[CRYPT_GENSALT_OUTPUT_SIZE];
    if (!crypt_gensalt_rn("$2a$", (unsigned long)cost, (const char *)salt, 16, setting, sizeof(setting)))
        return err_new(ERR_INTERNAL, "crypt has no bcrypt on this system");
    *out = run(password, setting);
    return *out ? NULL : err_new(ERR_INTERNAL, "crypt refused a bcrypt setting of its own");
}
