# SPDX-License-Identifier: Apache-2.0
# Plans are tested over snapshots with fake drivers.
if(PBAY_TARGET MATCHES "^unit_routing_(plan|simulation|fleet)")
  add_dependencies(${PBAY_TARGET} pbay_fakes)
endif()
