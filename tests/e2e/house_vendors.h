/* SPDX-License-Identifier: Apache-2.0 */
/* The servers of the house, and what they wrote down. For the test's thread. */
#ifndef TESTS_E2E_HOUSE_VENDORS_H
#define TESTS_E2E_HOUSE_VENDORS_H

#include "stub/stub.h"

#define HOUSE_PROVIDERS 4u
extern const char *const house_providers[HOUSE_PROVIDERS];

typedef struct HouseVendors HouseVendors;

HouseVendors *house_vendors_new(void);
void house_vendors_free(HouseVendors *vendors);
char *house_vendors_url(const HouseVendors *vendors, unsigned provider); /* g_free */
void house_vendors_says(HouseVendors *vendors, const char *target, const char *words);
/* Targets asked since they were last asked for (and then forgotten), or the keys they came with. */
char *house_vendors_asked(HouseVendors *vendors, bool targets); /* g_free */
void house_vendors_await(HouseVendors *vendors, unsigned n);
void house_vendors_await_closed(HouseVendors *vendors);

#endif
