echo 1 >'with space'; echo 2 >"tab	tab"; echo 3 >'quo"te'; echo 4 >'back\slash'; echo 5 >'dollar$x'
echo 6 >"$(printf 'new\nline')"; echo 7 >'grüße'; echo 8 >'日本'; echo 9 >'*'; echo 10 >'-dash'; echo 11 >"it's"
mkdir '.hidden'; echo 12 >.hidden/x; echo 13 >'a:b=c,d'; echo 14 >'~'
echo 15 >"$(printf 'e\314\201')"; echo 16 >"$(printf '\303\251')"
