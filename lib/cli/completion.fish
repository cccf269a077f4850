
# Succeeds where the words before the cursor are COMMAND and, if asked for, PLACE arguments (0+ for any number, the last
# one AFTER). Without a command COMMAND is "".
function __mlps_at -a command place after
    set -l words (commandline -opc)
    set -l found ""
    set -l arguments
    set -l is_value no
    for word in $words[2..]
        if test $is_value = yes
            set is_value no
        else if string match -q -- '-*' $word
            contains -- "$found:$word" $__mlps_flags_with_value; and set is_value yes
        else if test -z "$found"
            set found $word
        else
            set -a arguments $word
        end
    end
    test "$found" = "$command"; or return 1
    test -z "$place"; and return 0
    string match -q -- '*+' $place; or test (count $arguments) = $place; or return 1
    test (count $arguments) -ge (string trim -c + -- $place); or return 1
    test -z "$after"; or test "$arguments[-1]" = "$after"
end

# Prints those of the words, given as "text<tab>about", that fit: of key=value the key alone until it is written.
function __mlps_words
    if string replace -r '^--[\w-]+=' '' -- (commandline -ct) | string match -q '*=*'
        string match -r -- '^[^\t=]*=[^\t].*' $argv
    else
        string match -rv -- '^[^\t=]*=[^\t]' $argv
    end
end

function __mlps_paths
    set -l token (string replace -r '^--[\w-]+=' '' -- (commandline -ct))
    complete -C"'' $token"
end

function __mlps_yaml
    __mlps_paths | string match -r '^[^\t]*(?:/|\.ya?ml)(?:\t.*)?$'
end

complete -c mlps -f
