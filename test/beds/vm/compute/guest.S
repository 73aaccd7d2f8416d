# A guest in one boot sector, for the "pc" machine (i440fx), so that a server needs no operating system:
#   - says on COM1 which PCI devices it sees, as "PCI 8086:1237 8086:7000 ...", once at the start and at every change
#   - lets go of a device when the host asks for it (QEMU docs/specs/acpi_pci_hotplug), so that Nova can detach one
#   - switches itself off at the power button (ACPI PM1 block of the PIIX4, which SeaBIOS puts at 0x600)
# Function 0 of the 32 slots of bus 0 is looked at 18 times a second, with the processor halted in between.
        .code16
        .set    seen, 0x0600            # 32 doublewords: what each slot answered last; free memory of a PC
        .set    seen_end, seen + 32 * 4
        .globl  _start
_start:
        cli
        cld
        xorw    %ax, %ax
        movw    %ax, %ds
        movw    %ax, %es
        movw    %ax, %ss
        movw    $0x7c00, %sp
        movw    $seen, %di
        movw    $(seen_end - seen) / 2, %cx
        rep     stosw
        movw    $0x602, %dx             # PM1_EN: report the power button
        movw    $0x0100, %ax
        outw    %ax, %dx
        sti
again:
        hlt                             # until the timer
        movw    $0x600, %dx             # PM1_STS
        inw     %dx, %ax
        testb   $1, %ah
        jz      unplug
        movw    $0x604, %dx             # PM1_CNT: sleep type 0 with SLP_EN is off
        movw    $0x2000, %ax
        outw    %ax, %dx
unplug:
        xorl    %eax, %eax
        movw    $0xae10, %dx            # bus selector
        outl    %eax, %dx
        movw    $0xae04, %dx            # slots to be ejected
        inl     %dx, %eax
        movb    $0x08, %dl              # 0xae08: ejects the lowest of them
        outl    %eax, %dx
look:
        xorw    %bp, %bp                # changes found
        movw    $seen, %si
        movl    $0x80000000, %ebx
1:      movl    %ebx, %eax
        movw    $0xcf8, %dx
        outl    %eax, %dx
        movb    $0xfc, %dl
        inl     %dx, %eax
        cmpl    %eax, (%si)
        je      2f
        movl    %eax, (%si)
        incw    %bp
2:      addl    $0x800, %ebx
        addw    $4, %si
        cmpw    $seen_end, %si
        jb      1b
        testw   %bp, %bp
        jz      again
tell:
        movw    $title, %si
        call    text
        movw    $seen, %si
3:      lodsl
        cmpl    $-1, %eax
        je      4f
        movl    %eax, %edi
        movb    $' ', %al
        call    letter
        call    number                  # vendor
        movb    $':', %al
        call    letter
        shrl    $16, %edi
        call    number                  # device
4:      cmpw    $seen_end, %si
        jb      3b
        movw    $newline, %si
        call    text
        jmp     again

# The string at SI, up to its zero.
text:
        lodsb
        testb   %al, %al
        jz      5f
        call    letter
        jmp     text

# The lower half of EDI as four hexadecimal digits.
number:
        movw    %di, %bx
        movw    $4, %cx
6:      rolw    $4, %bx
        movb    %bl, %al
        andb    $0x0f, %al
        addb    $'0', %al
        cmpb    $'9', %al
        jbe     7f
        addb    $'a' - '9' - 1, %al
7:      call    letter
        loop    6b
5:      ret

# AL to COM1 once it takes another.
letter:
        pushw   %ax
        movw    $0x3fd, %dx
8:      inb     %dx, %al
        testb   $0x20, %al
        jz      8b
        popw    %ax
        movb    $0xf8, %dl
        outb    %al, %dx
        ret

title:  .asciz  "PCI"
newline: .asciz "\r\n"
        .org    510
        .word   0xaa55
