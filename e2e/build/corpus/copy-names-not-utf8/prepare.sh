echo 1 >"$(printf 'latin\351')"
